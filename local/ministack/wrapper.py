"""MiniStack as the local platform needs it, in one process. It reaches into private names of MiniStack 1.5.33: keep that version pinned.

1. a write is on disk before it is answered, so that a killed process loses nothing (MiniStack itself saves on SIGTERM only)
2. services that MiniStack lacks are refused at once, instead of blocking for seconds and loading all of botocore
3. SSM Parameter Store bounds a value's size and its versions as AWS does
4. EC2 keeps and tells whether an AMI supports IMDSv1
5. it listens on 127.0.0.1 only
"""

import asyncio
import json
import os
import re

import ministack.app as ministack
from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.core import persistence
from ministack.core.responses import error_response_json
from ministack.services import ec2, ssm

NOT_EMULATED = {b"aps", b"ce", b"grafana", b"imagebuilder", b"securityhub", b"acm-pca"}
SIGNED_SERVICE = re.compile(rb"Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request")
PARAMETER_VERSIONS_MAX = 100
IMAGE_ID = re.compile(rb"<imageId>([^<]+)</imageId>")
READS = re.compile(rb"\.(Get|List|Describe|Head|BatchGet|Sign|Verify)")


def is_write(scope, headers):
    if scope["path"].startswith("/_ministack"):
        return False
    target = headers.get(b"x-amz-target")
    return scope["method"] not in ("GET", "HEAD") if target is None else not READS.search(target)


def saving(send):
    """Holds the answer's start back until the state that it speaks of is on disk."""

    async def send_after_save(message):
        if message["type"] == "http.response.start" and message["status"] < 400:
            persistence.save_all(ministack._build_persistence_save_dict())
        await send(message)

    return send_after_save


async def refuse(send, status, code, message):
    body = json.dumps({"__type": code, "message": message}).encode()
    headers = [(b"content-type", b"application/x-amz-json-1.1"), (b"x-amzn-errortype", code.encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


put_parameter = ssm._put_parameter


def put_parameter_within_limits(data):
    """What AWS bounds: bytes by tier, and 100 versions, of which the oldest goes unless it is labelled.

    https://docs.aws.amazon.com/general/latest/gr/ssm.html,
    https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html
    """
    limit = 8192 if data.get("Tier") in ("Advanced", "Intelligent-Tiering") else 4096
    if len(str(data.get("Value", "")).encode()) > limit:
        return error_response_json("ValidationException", f"the parameter value exceeds {limit} bytes", 400)
    history = ssm._parameter_history.get(data.get("Name")) or []
    full = len(history) >= PARAMETER_VERSIONS_MAX
    if full and history[0].get("Labels"):
        message = f"the oldest of {PARAMETER_VERSIONS_MAX} versions has a label; move it to a newer version"
        return error_response_json("ParameterMaxVersionLimitExceeded", message, 400)
    answer = put_parameter(data)
    if full and answer[0] == 200:
        del history[0]
    return answer


ssm._put_parameter = put_parameter_within_limits

register_image = ec2._ACTION_MAP["RegisterImage"]
describe_images = ec2._ACTION_MAP["DescribeImages"]


def register_image_with_imds(params):
    status, headers, body = register_image(params)
    support = ec2._p(params, "ImdsSupport")
    registered = IMAGE_ID.search(body)
    if registered and support:
        ec2._images[registered.group(1).decode()]["ImdsSupport"] = support
    return status, headers, body


def describe_images_with_imds(params):
    def with_imds(found):
        image = ec2._images.get(found.group(1).decode()) or {}
        support = image.get("ImdsSupport")
        return found.group(0) + (f"<imdsSupport>{support}</imdsSupport>".encode() if support else b"")

    status, headers, body = describe_images(params)
    return status, headers, IMAGE_ID.sub(with_imds, body)


ec2._ACTION_MAP.update(RegisterImage=register_image_with_imds, DescribeImages=describe_images_with_imds)


async def app(scope, receive, send):
    if scope["type"] != "http":
        return await ministack.app(scope, receive, send)
    headers = dict(scope["headers"])
    signed = SIGNED_SERVICE.search(headers.get(b"authorization", b""))
    if signed and signed.group(1) in NOT_EMULATED:
        return await refuse(send, 501, "UnsupportedService", f"{signed.group(1).decode()} is not emulated")
    if is_write(scope, headers):
        send = saving(send)
    await ministack.app(scope, receive, send)


async def main():
    config = Config()
    config.bind = [f"127.0.0.1:{os.environ['GATEWAY_PORT']}"]
    await serve(app, config)


if __name__ == "__main__":
    asyncio.run(main())
