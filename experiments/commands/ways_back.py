"""One sheet a picture: every filter that has a way back, and what its shipped generator makes of it."""


def add_arguments(parser):
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="face crops, or folders of them")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the sheets go")
