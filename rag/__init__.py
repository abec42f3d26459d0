"""Knowledge: documents are read in a box, cut into citable chunks, and found again by meaning and by word."""
