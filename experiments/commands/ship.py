"""Put the best weights of a run, and its critic, among the shipped ones; a model card is yours to write."""


def add_arguments(parser):
    parser.add_argument("run", metavar="RUN", help="a run folder")
