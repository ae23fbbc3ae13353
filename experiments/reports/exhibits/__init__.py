"""What a gallery shows: the data of its sections, and the pictures beside its page."""
