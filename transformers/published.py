"""The pix2pix configuration as published, to measure against (Isola et al. 2017, appendix 6.1)."""

from transformers.backend import keras

layers = keras.layers
ENCODER = (64, 128, 256, 512, 512, 512, 512, 512)
DECODER = (512, 512, 512, 512, 256, 128, 64)


def _normal():
    return keras.initializers.RandomNormal(stddev=0.02)


def pix2pix_generator(input_channels=3, output_channels=3):
    """The U-Net of 54 million parameters, for 256x256 pictures."""
    inputs = keras.Input((256, 256, input_channels))
    x, skips = inputs, []
    for level, width in enumerate(ENCODER):
        if level:
            x = layers.LeakyReLU(0.2)(x)
        x = layers.Conv2D(width, 4, 2, padding="same", kernel_initializer=_normal())(x)
        if 0 < level < len(ENCODER) - 1:
            x = layers.BatchNormalization()(x)
        skips.append(x)
    for level, width in enumerate(DECODER):
        x = layers.ReLU()(x)
        x = layers.Conv2DTranspose(width, 4, 2, padding="same", kernel_initializer=_normal())(x)
        x = layers.BatchNormalization()(x)
        if level < 3:
            x = layers.Dropout(0.5)(x)
        x = layers.Concatenate()([x, skips[-2 - level]])
    x = layers.Conv2DTranspose(
        output_channels, 4, 2, padding="same", activation="tanh", kernel_initializer=_normal(), dtype="float32"
    )(layers.ReLU()(x))
    model = keras.Model(inputs, x, name="pix2pix")
    model.stride, model.output_stride = 256, 1
    return model


def pix2pix_discriminator(condition_channels=3, picture_channels=3):
    """The 70x70 PatchGAN: C64-C128-C256-C512, then one verdict a patch."""
    condition = keras.Input((256, 256, condition_channels))
    picture = keras.Input((256, 256, picture_channels))
    x = layers.Concatenate()([condition, picture])
    for level, width in enumerate((64, 128, 256, 512)):
        stride = 2 if level < 3 else 1
        x = layers.Conv2D(width, 4, stride, padding="same", kernel_initializer=_normal())(x)
        if level:
            x = layers.BatchNormalization()(x)
        x = layers.LeakyReLU(0.2)(x)
    x = layers.Conv2D(1, 4, padding="same", dtype="float32", kernel_initializer=_normal())(x)
    return keras.Model([condition, picture], x, name="patch70")
