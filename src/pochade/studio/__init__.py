"""What can be done with Pochade, whoever asks: use cases over the models, one file each."""
