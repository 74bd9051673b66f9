"""Power cuts: at every byte that is written, and of the whole running firmware."""
