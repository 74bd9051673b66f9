# Runs first at every reset. It returns: an application started here would lock out the tools,
# which interrupt main.py. Outputs are safe by wiring until main.py starts the application.
import gc

gc.threshold(4096)  # without it the heap of an RP2 or ESP32 fragments until no TLS session fits
