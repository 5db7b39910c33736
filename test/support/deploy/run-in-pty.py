# Owns a pseudoterminal with a program in it: passes keys and output on, and says at the end whether the modes are those of before.
# python3 run-in-pty.py COLUMNS ROWS PROGRAM ARGUMENT…
import fcntl, os, pty, select, struct, sys, termios

columns, rows, program = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
terminal, inside = pty.openpty()
fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
before = termios.tcgetattr(inside)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(inside, termios.TIOCSCTTY, 0)
    for descriptor in (0, 1, 2):
        os.dup2(inside, descriptor)
    os.closerange(3, 256)
    os.execvp(program[0], program)

sources, status = [terminal, 0], None
while True:
    ready, _, _ = select.select(sources, [], [], 0.05)
    if 0 in ready:
        keys = os.read(0, 4096)
        if keys:
            os.write(terminal, keys)
        else:
            sources.remove(0)
    if terminal in ready:
        os.write(1, os.read(terminal, 65536))
    elif status is not None:
        break
    if status is None:
        ended, found = os.waitpid(child, os.WNOHANG)
        status = found if ended else None

sys.stderr.write("modes restored\n" if termios.tcgetattr(inside) == before else "modes changed\n")
sys.exit(os.waitstatus_to_exitcode(status) % 256)
