"""Files, command line and plots: one script per transformation, training, galleries, benchmark."""
