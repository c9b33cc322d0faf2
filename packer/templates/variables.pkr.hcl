variable "commit" {
  type        = string
  description = "The commit that the images are built from, in hex."

  validation {
    condition     = can(regex("^[0-9a-f]{40}$", var.commit))
    error_message = "The commit must be 40 hexadecimal digits."
  }
}

variable "region" {
  type        = string
  description = "The region in which the images are built."
}

variable "kms_keys" {
  type        = map(string)
  description = "The regions that get the images, and the KMS key that encrypts their disks in each. The region of the build is one of them."
}

variable "subnet_id" {
  type        = string
  description = "A private subnet, from which the build reaches SSM and the packages of Amazon Linux."
}

variable "instance_profile" {
  type        = string
  description = "The instance profile of the build, with the policy AmazonSSMManagedInstanceCore and nothing else."
}

variable "gateway_artifacts" {
  type        = map(object({ file = string, sha256 = string }))
  description = "The gateway's artifact by architecture (x86_64, arm64): its file, and the SHA-256 of that in hex."
}

variable "gateway_programs" {
  type        = map(object({ file = string, sha256 = string }))
  description = "By architecture, a tar of the programs of others in an image of the gateway (envoy, prometheus, node_exporter), and its SHA-256 in hex."
}

variable "policy_public_keys" {
  type        = string
  description = "A PEM file with the public keys that may sign policy. Gateways refuse every other policy."
}

variable "manifest" {
  type        = string
  description = "The file that gets the ids of the images."
  default     = "manifest.json"
}

variable "package_lists" {
  type        = string
  description = "The folder that gets, for each image, a tar of the files from which a scanner reads its packages."
  default     = "."
}
