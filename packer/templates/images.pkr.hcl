# Each image is built from Amazon Linux, not from the image `base`: that one has no SSH and a read-only root, so that nobody
# can change it any more. What is common to them is common code (packer/provisioners/base.sh).
#
#   packer build -only='images.amazon-ebs.gateway-*' -var-file=FILE packer/templates

locals {
  tags = {
    "tickwatch:commit"       = var.commit
    "tickwatch:source-image" = "{{ .SourceAMI }}"
    "tickwatch:source-name"  = "{{ .SourceAMIName }}"
  }
}

build {
  name = "images"

  source "amazon-ebs.al2023" {
    name          = "base-x86_64"
    ami_name      = "tickwatch-base-x86_64-${substr(var.commit, 0, 12)}"
    source_ami    = data.amazon-ami.x86_64.id
    instance_type = "c7i.large"
    tags          = merge(local.tags, { "tickwatch:role" = "base" })
  }

  source "amazon-ebs.al2023" {
    name          = "base-arm64"
    ami_name      = "tickwatch-base-arm64-${substr(var.commit, 0, 12)}"
    source_ami    = data.amazon-ami.arm64.id
    instance_type = "c7g.large"
    tags          = merge(local.tags, { "tickwatch:role" = "base" })
  }

  source "amazon-ebs.al2023" {
    name          = "gateway-x86_64"
    ami_name      = "tickwatch-gateway-x86_64-${substr(var.commit, 0, 12)}"
    source_ami    = data.amazon-ami.x86_64.id
    instance_type = "c7i.large"
    tags          = merge(local.tags, { "tickwatch:role" = "gateway" })
  }

  source "amazon-ebs.al2023" {
    name          = "gateway-arm64"
    ami_name      = "tickwatch-gateway-arm64-${substr(var.commit, 0, 12)}"
    source_ami    = data.amazon-ami.arm64.id
    instance_type = "c7g.large"
    tags          = merge(local.tags, { "tickwatch:role" = "gateway" })
  }

  source "amazon-ebs.al2023" {
    name          = "edge-x86_64"
    ami_name      = "tickwatch-edge-x86_64-${substr(var.commit, 0, 12)}"
    source_ami    = data.amazon-ami.x86_64.id
    instance_type = "c7i.large"
    tags          = merge(local.tags, { "tickwatch:role" = "edge" })
  }

  source "amazon-ebs.al2023" {
    name          = "edge-arm64"
    ami_name      = "tickwatch-edge-arm64-${substr(var.commit, 0, 12)}"
    source_ami    = data.amazon-ami.arm64.id
    instance_type = "c7g.large"
    tags          = merge(local.tags, { "tickwatch:role" = "edge" })
  }

  source "amazon-ebs.al2023" {
    name          = "bastion-x86_64"
    ami_name      = "tickwatch-bastion-x86_64-${substr(var.commit, 0, 12)}"
    source_ami    = data.amazon-ami.x86_64.id
    instance_type = "c7i.large"
    tags          = merge(local.tags, { "tickwatch:role" = "bastion" })
  }

  source "amazon-ebs.al2023" {
    name          = "bastion-arm64"
    ami_name      = "tickwatch-bastion-arm64-${substr(var.commit, 0, 12)}"
    source_ami    = data.amazon-ami.arm64.id
    instance_type = "c7g.large"
    tags          = merge(local.tags, { "tickwatch:role" = "bastion" })
  }

  provisioner "shell" {
    inline = ["mkdir -p /tmp/tickwatch/input"]
  }

  provisioner "file" {
    sources     = ["${path.root}/../provisioners", "${path.root}/../rootfs"]
    destination = "/tmp/tickwatch/"
  }

  provisioner "file" {
    only        = ["amazon-ebs.gateway-x86_64", "amazon-ebs.gateway-arm64"]
    source      = var.gateway_artifacts[trimprefix(source.name, "gateway-")].file
    destination = "/tmp/tickwatch/input/gateway.tar"
  }

  provisioner "file" {
    only        = ["amazon-ebs.gateway-x86_64", "amazon-ebs.gateway-arm64"]
    source      = var.gateway_programs[trimprefix(source.name, "gateway-")].file
    destination = "/tmp/tickwatch/input/programs.tar"
  }

  provisioner "file" {
    only        = ["amazon-ebs.gateway-x86_64", "amazon-ebs.gateway-arm64"]
    source      = var.policy_public_keys
    destination = "/tmp/tickwatch/input/policy-keys.pem"
  }

  provisioner "shell" {
    env = {
      IMAGE_VERSION   = var.commit
      STATE_DEVICE    = "/dev/sdf"
      GATEWAY_SHA256  = try(var.gateway_artifacts[trimprefix(source.name, "gateway-")].sha256, "")
      PROGRAMS_SHA256 = try(var.gateway_programs[trimprefix(source.name, "gateway-")].sha256, "")
    }
    execute_command = "chmod +x {{ .Path }}; {{ .Vars }} {{ .Path }}"
    inline = [
      "sudo --preserve-env=IMAGE_VERSION,STATE_DEVICE,GATEWAY_SHA256,PROGRAMS_SHA256 bash /tmp/tickwatch/provisioners/provision.sh ${element(split("-", source.name), 0)} install",
    ]
  }

  # The packages of the system, for the SBOM.
  provisioner "file" {
    direction   = "download"
    source      = "/tmp/tickwatch/output/packages.tar"
    destination = "${var.package_lists}/${source.name}.tar"
  }

  # The last step removes SSH, so nothing can follow it. Packer's connection stays open until it stops the instance.
  provisioner "shell" {
    execute_command = "chmod +x {{ .Path }}; {{ .Vars }} {{ .Path }}"
    inline = [
      "sudo bash /tmp/tickwatch/provisioners/provision.sh ${element(split("-", source.name), 0)} seal",
      "rm -rf /tmp/tickwatch",
    ]
    skip_clean = true
  }

  post-processor "manifest" {
    output     = var.manifest
    strip_path = true
    custom_data = {
      commit          = var.commit
      gateway_sha256  = try(var.gateway_artifacts[trimprefix(source.name, "gateway-")].sha256, "")
      programs_sha256 = try(var.gateway_programs[trimprefix(source.name, "gateway-")].sha256, "")
    }
  }
}
