"""The shapes that cross HTTP: strict coming in, plain going out. Domain values go out as they are."""
