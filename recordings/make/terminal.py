"""Runs a terminal program as a user would: terminal.py SECONDS COMMAND... ends it with ^C, ^C^C, ^D, then signals."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

# After so many seconds, and one, three, six and nine more.
STEPS = [(0.0, b"\x03"), (1.0, b"\x03\x03"), (3.0, b"\x04\x04"), (6.0, signal.SIGTERM), (9.0, signal.SIGKILL)]


def main() -> None:
    seconds, command = float(sys.argv[1]), sys.argv[2:]
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    begin, steps = time.time(), list(STEPS)
    while steps:
        if select.select([terminal], [], [], 0.5)[0]:
            try:
                if not os.read(terminal, 65536):
                    break
            except OSError:
                break
        if time.time() - begin > seconds + steps[0][0]:
            step = steps.pop(0)[1]
            os.write(terminal, step) if isinstance(step, bytes) else os.kill(child, step)
    os.waitpid(child, 0)


main()
