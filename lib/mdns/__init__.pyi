from .browser import Browser as Browser
from .responder import Responder as Responder
