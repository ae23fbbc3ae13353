"""Run every filter over photographs: a PNG each, and a contact sheet."""


def add_arguments(parser):
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="pictures, or folders of pictures")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the results go")


def execute(arguments):
    return apply_filters(arguments.photos, arguments.out)


def apply_filters(photos, out):
    """Write ``NAME_FILTER.png`` for each picture and filter, and ``NAME.png``, their sheet."""
    import filters
    from experiments.command import each_picture

    def work(path, picture, target):
        for name, result in write_sheet(path, picture, target).items():
            filters.write(target.with_name(f"{target.stem}_{name}.png"), result)

    return each_picture(photos, out, work, "filters")


def write_sheet(path, picture, target):
    """Write the contact sheet of one picture; gives what it shows, by filter."""
    import filters
    from experiments.sheets import sheet

    results = {name: f(picture) for name, f in filters.FILTERS.items()}
    filters.write(target, sheet([list(results.values())], list(results)))
    return results
