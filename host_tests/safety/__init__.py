"""Does the supervision open the contactor in time while the main thread is busy?"""
