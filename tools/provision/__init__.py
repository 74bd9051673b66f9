"""What a wallbox gets once in its life: identity, and the QR code on its label."""
