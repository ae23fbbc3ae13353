"""Pictures for training and measuring: loading, cutting, augmentation, pairs."""
