# The newest Amazon Linux 2023. Its version pins the repository of its packages, and each image is tagged with its id.
data "amazon-ami" "x86_64" {
  region      = var.region
  owners      = ["amazon"]
  most_recent = true

  filters = {
    name                = "al2023-ami-2023.*-kernel-6.1-x86_64"
    architecture        = "x86_64"
    virtualization-type = "hvm"
  }
}

data "amazon-ami" "arm64" {
  region      = var.region
  owners      = ["amazon"]
  most_recent = true

  filters = {
    name                = "al2023-ami-2023.*-kernel-6.1-arm64"
    architecture        = "arm64"
    virtualization-type = "hvm"
  }
}

source "amazon-ebs" "al2023" {
  region               = var.region
  subnet_id            = var.subnet_id
  iam_instance_profile = var.instance_profile

  # Packer speaks through a session of SSM. No port is open. The provisioner removes the key with all of SSH.
  communicator                = "ssh"
  ssh_interface               = "session_manager"
  ssh_username                = "ec2-user"
  temporary_key_pair_type     = "ed25519"
  associate_public_ip_address = false

  # IMDSv2 only: for the build, and for every instance of the image.
  imds_support = "v2.0"
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  # Encrypted with our key from the first block, also in the snapshots of the build.
  encrypt_boot       = true
  kms_key_id         = var.kms_keys[var.region]
  ami_regions        = keys(var.kms_keys)
  region_kms_key_ids = var.kms_keys
  launch_block_device_mappings {
    device_name           = "/dev/xvda"
    volume_type           = "gp3"
    volume_size           = 8
    encrypted             = true
    kms_key_id            = var.kms_keys[var.region]
    delete_on_termination = true
  }
  # The state, which is the only disk that an instance writes to.
  launch_block_device_mappings {
    device_name           = "/dev/sdf"
    volume_type           = "gp3"
    volume_size           = 4
    encrypted             = true
    kms_key_id            = var.kms_keys[var.region]
    delete_on_termination = true
  }

  # A rollout can go back only to an image that still exists.
  deregistration_protection {
    enabled       = true
    with_cooldown = true
  }

  run_tags = {
    Name = "tickwatch image build"
  }
}
