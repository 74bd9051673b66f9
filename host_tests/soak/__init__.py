"""Hours of a wallbox's life in minutes: two managers, a car that comes and goes, one heap."""
