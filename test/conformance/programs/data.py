"""Sparse files, allocation, copies, mappings between processes, appends and locks."""

import errno
import fcntl
import mmap
import os
import signal
import struct
import sys
import time

from report import Clean, check, fallocate, outcome, put, say, taken

KEEP, PUNCH, COLLAPSE, ZERO, INSERT, UNSHARE = 1, 2, 8, 16, 32, 64


def digest(path):
    import hashlib
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()[:12]


def shape(fd, size):
    """Where data and holes are, in 4096-byte blocks."""
    out, at = [], 0
    while at < size:
        try:
            start = os.lseek(fd, at, os.SEEK_DATA)
        except OSError as error:
            out.append(errno.errorcode[error.errno])
            break
        end = os.lseek(fd, start, os.SEEK_HOLE)
        out.append(f'{start / 4096:g}-{end / 4096:g}')
        at = end
    return ' '.join(out)


def allocation():
    modes = {'plain': 0, 'keep': KEEP, 'punch': PUNCH | KEEP, 'punch without keep': PUNCH, 'zero': ZERO, 'zero keep': ZERO | KEEP, 'collapse': COLLAPSE,
             'collapse keep': COLLAPSE | KEEP, 'insert': INSERT, 'unshare': UNSHARE, 'unknown': 1 << 20, 'all': 127}
    ranges = {'first': (0, 4096), 'odd': (1000, 5000), 'middle': (8192, 8192), 'across': (28672, 20000), 'behind': (65536, 4096), 'nothing': (0, 0),
              'negative': (-1, 10), 'negative length': (0, -1), 'too far': ((1 << 63) - 1, 10), 'to the end': (16384, 16384)}
    for mode, bits in modes.items():
        for place, (offset, size) in ranges.items():
            if not taken():
                continue
            with Clean():
                put('f', bytes(1 + (index >> 9) % 250 for index in range(32768)))
                fd = os.open('f', os.O_RDWR)
                said = outcome(fallocate, fd, bits, offset, size)
                found = os.fstat(fd)
                say(f'fallocate {mode} {place}', f'{said} | {found.st_size} {digest("f")} {shape(fd, found.st_size)} {found.st_blocks}')
                os.close(fd)
    with Clean():
        fd = os.open('f', os.O_RDWR | os.O_CREAT)
        for offset in (0, 1 << 20, 5 << 20):
            os.pwrite(fd, b'x' * 4096, offset)
        check('holes', shape, fd, 6 << 20)
        check('blocks of a file with holes', lambda: os.fstat(fd).st_blocks)
        for where in (0, 4096, 5000, 1 << 20, (5 << 20) + 4096, 1 << 30):
            check(f'SEEK_DATA {where}', os.lseek, fd, where, os.SEEK_DATA)
            check(f'SEEK_HOLE {where}', os.lseek, fd, where, os.SEEK_HOLE)
        check('SEEK_END', os.lseek, fd, -10, os.SEEK_END)
        check('seek before the beginning', os.lseek, fd, -1, os.SEEK_SET)
        check('seek with a wrong whence', os.lseek, fd, 0, 99)
        check('read of a directory', lambda: os.read(os.open('.', os.O_RDONLY), 10))
        check('write of nothing', os.write, fd, b'')
        check('write at a negative place', os.pwrite, fd, b'x', -1)
        check('largest file', lambda: (os.ftruncate(fd, (1 << 44) - 4096), os.fstat(fd).st_size)[1])
        check('too large a file', os.ftruncate, fd, 1 << 45)
        check('fallocate of a reader', lambda: fallocate(os.open('f', os.O_RDONLY), 0, 0, 10))
        check('fallocate of a directory', lambda: fallocate(os.open('.', os.O_RDONLY), 0, 0, 10))
        os.close(fd)
    with Clean():
        import resource
        import signal as signals
        signals.signal(signals.SIGXFSZ, signals.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
        fd = os.open('f', os.O_RDWR | os.O_CREAT)
        check('write across RLIMIT_FSIZE', os.pwrite, fd, b'x' * 5000, 8000)
        check('write behind RLIMIT_FSIZE', os.pwrite, fd, b'x', 20_000)
        check('truncate behind RLIMIT_FSIZE', os.ftruncate, fd, 20_000)
        check('fallocate behind RLIMIT_FSIZE', fallocate, fd, 0, 0, 20_000)
        check('size within RLIMIT_FSIZE', lambda: os.fstat(fd).st_size)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        os.close(fd)


def copies():
    for source_size in (0, 10, 4096, 100_000):
        for target_size in (0, 50, 200_000):
            for place in ((0, 0, 1 << 20), (5, 3, 70_000), (4096, 8192, 4096), (0, 150_000, 60_000), (200_000, 0, 10), (0, 0, 0)):
                if not taken():
                    continue
                with Clean():
                    put('a', bytes(index % 251 for index in range(source_size)))
                    put('b', b'b' * target_size)
                    source, target = os.open('a', os.O_RDONLY), os.open('b', os.O_RDWR)
                    said = outcome(os.copy_file_range, source, target, place[2], place[0], place[1])
                    say(f'copy {source_size} {target_size} {place}', f'{said} | {os.stat("b").st_size} {digest("b")}')
                    os.close(source)
                    os.close(target)
    with Clean():
        put('a', b'0123456789' * 1000)
        for name, flags in (('read', os.O_RDONLY), ('append', os.O_WRONLY | os.O_APPEND), ('directory', None)):
            target = os.open('.', os.O_RDONLY) if flags is None else os.open('b', flags | os.O_CREAT)
            check(f'copy to {name}', lambda: os.copy_file_range(os.open('a', os.O_RDONLY), target, 10, 0, 0))
        same = os.open('a', os.O_RDWR)
        check('copy within, apart', os.copy_file_range, same, same, 100, 0, 5000)
        check('copy within, overlapping', os.copy_file_range, same, same, 100, 0, 50)
        check('digest after', digest, 'a')
        out = os.open('c', os.O_RDWR | os.O_CREAT)
        check('sendfile', os.sendfile, out, same, 10, 5000)
        check('sendfile read back', digest, 'c')
        reader, writer = os.pipe()
        check('splice out', os.splice, same, writer, 3000, 100)
        check('splice in', lambda: os.splice(reader, out, 3000, None, 7))
        check('splice read back', digest, 'c')
        check('readv', lambda: os.preadv(same, [bytearray(3), bytearray(7)], 9_995))
        check('writev', lambda: os.pwritev(out, [b'abc', b'', b'defg'], 1))
        check('after writev', digest, 'c')
        check('pwritev2 append', lambda: os.pwritev(out, [b'end'], 0, 0x10))
        check('after append', digest, 'c')
        check('direct, unaligned', lambda: os.pread(os.open('a', os.O_RDONLY | os.O_DIRECT), 100, 0) == b'0123456789' * 10)


def child(work):
    number = os.fork()
    if number == 0:
        try:
            work()
        finally:
            os._exit(0)
    return number


def mappings():
    for size in (100, 4096, 10_000):
        with Clean():
            put('f', b'a' * size)
            fd = os.open('f', os.O_RDWR)
            area = mmap.mmap(fd, size)

            def other():
                theirs = os.open('f', os.O_RDWR)
                mine = mmap.mmap(theirs, size)
                mine[3:6] = b'MAP'
                os.pwrite(theirs, b'WRITE', 10)

            os.waitpid(child(other), 0)
            say(f'mapping of {size} sees another process', bytes(area[:16]))
            area[0:3] = b'own'
            say(f'mapping of {size} is read', os.pread(fd, 16, 0))
            with open('f', 'ab') as file:
                file.write(b'tail')
            say(f'mapping of {size} keeps its beginning', bytes(area[:4]))
            os.ftruncate(fd, size + 5000)
            say(f'mapping of {size}, grown', (os.stat('f').st_size, os.pread(fd, 8, size)))
            area.flush()
            area.close()
            private = mmap.mmap(fd, size, mmap.MAP_PRIVATE)
            private[0:4] = b'mine'
            say(f'private mapping of {size}', (bytes(private[:4]), os.pread(fd, 4, 0)))
            private.close()
            os.unlink('f')
            area = mmap.mmap(fd, size)
            area[0:4] = b'gone'
            say(f'mapping of {size} without a name', os.pread(fd, 6, 0))
            os.close(fd)
            say(f'mapping of {size} outlives its descriptor', bytes(area[:6]))
            area.close()
    with Clean():
        put('f', b'x' * 8192)

        def beyond():
            fd = os.open('f', os.O_RDWR)
            area = mmap.mmap(fd, 8192)
            os.ftruncate(fd, 100)
            area[5000]

        _, status = os.waitpid(child(beyond), 0)
        say('a page behind the end', signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else status)
        put('g', b'x' * 5000)
        fd = os.open('g', os.O_RDWR)
        os.ftruncate(fd, 6000)
        say('zeros behind the old end', os.pread(fd, 1000, 5000) == bytes(1000))
        check('mapping of a file opened to write', lambda: mmap.mmap(os.open('g', os.O_WRONLY), 100))
        check('mapping of a directory', lambda: mmap.mmap(os.open('.', os.O_RDONLY), 100, prot=mmap.PROT_READ))


def appends():
    with Clean():
        put('log', b'')

        def writer(who):
            fd = os.open('log', os.O_WRONLY | os.O_APPEND)
            for index in range(200):
                os.write(fd, f'{who}:{index}:{"x" * (who * 37 + index) }\n'.encode())

        for number in [child(lambda who=who: writer(who)) for who in range(6)]:
            os.waitpid(number, 0)
        with open('log') as file:
            lines = file.read().splitlines()
        whole = all(line == f'{w}:{i}:{"x" * (int(w) * 37 + int(i))}' for line in lines for w, i, _ in [line.split(':')])
        order = all([int(l.split(':')[1]) for l in lines if l.startswith(f'{w}:')] == list(range(200)) for w in range(6))
        say('six processes append', (len(lines), whole, order))
    with Clean():
        fd = os.open('f', os.O_RDWR | os.O_APPEND | os.O_CREAT)
        os.write(fd, b'12345')
        check('pwrite on an appender appends, as Linux does', lambda: (os.pwrite(fd, b'67', 0), os.pread(fd, 10, 0))[1])
        os.lseek(fd, 0, os.SEEK_SET)
        os.write(fd, b'8')
        check('the offset after an append', lambda: (os.lseek(fd, 0, os.SEEK_CUR), os.stat('f').st_size))
        os.ftruncate(fd, 2)
        os.write(fd, b'9')
        check('appended behind a cut', lambda: os.pread(fd, 10, 0))


OFD_SETLK, OFD_GETLK = 37, 36


def record(kind, start, size):
    return struct.pack('hhqqi4x', kind, 0, start, size, 0)


def lock(fd, command, kind, start=0, size=0):
    answer = fcntl.fcntl(fd, command, record(kind, start, size))
    kind, _, start, size, pid = struct.unpack('hhqqi4x', answer)
    return {fcntl.F_RDLCK: 'read', fcntl.F_WRLCK: 'write', fcntl.F_UNLCK: 'none'}[kind], start, size, 'pid' if pid > 0 else pid


def in_child(work):
    reader, writer = os.pipe()
    number = child(lambda: os.write(writer, outcome(work).encode()))
    os.close(writer)
    with os.fdopen(reader, 'rb') as answer:
        said = answer.read().decode()
    os.waitpid(number, 0)
    return said


def locks():
    R, W, U = fcntl.F_RDLCK, fcntl.F_WRLCK, fcntl.F_UNLCK
    with Clean():
        put('l', b'x' * 100)
        fd = os.open('l', os.O_RDWR)

        def opened(command, kind, start=0, size=0, flags=os.O_RDWR):
            return in_child(lambda: lock(os.open('l', flags), command, kind, start, size))

        lock(fd, fcntl.F_SETLK, W, 10, 10)
        for name, kind, start, size in (('over', W, 15, 10), ('before', W, 0, 10), ('after', W, 20, 0), ('reads over', R, 19, 1), ('whole', R, 0, 0)):
            say(f'posix {name}', opened(fcntl.F_SETLK, kind, start, size))
            say(f'posix asked {name}', opened(fcntl.F_GETLK, kind, start, size))
        check('posix by its holder again', lock, fd, fcntl.F_SETLK, R, 12, 3)
        say('posix split', [opened(fcntl.F_SETLK, R, 13, 1), opened(fcntl.F_SETLK, R, 10, 1), opened(fcntl.F_SETLK, W, 13, 1)])
        other = os.open('l', os.O_RDONLY)
        os.close(other)
        say('posix lost by closing any descriptor', opened(fcntl.F_SETLK, W, 10, 10))
        say('posix write lock of a reader', opened(fcntl.F_SETLK, W, 0, 1, os.O_RDONLY))
        say('posix read lock of a writer', opened(fcntl.F_SETLK, R, 0, 1, os.O_WRONLY))
        os.waitpid(child(lambda: lock(os.open('l', os.O_RDWR), fcntl.F_SETLK, W)), 0)
        say('posix released at exit', outcome(lock, fd, fcntl.F_SETLK, W))
        os.link('l', 'm')
        say('posix through another name', in_child(lambda: lock(os.open('m', os.O_RDWR), fcntl.F_SETLK, W)))
        lock(fd, fcntl.F_SETLK, U)
        for name, first, second in (('shared', fcntl.LOCK_SH, fcntl.LOCK_SH), ('shared, exclusive', fcntl.LOCK_SH, fcntl.LOCK_EX), ('exclusive', fcntl.LOCK_EX, fcntl.LOCK_SH)):
            mine = os.open('l', os.O_RDONLY)
            fcntl.flock(mine, first)
            say(f'flock {name}', in_child(lambda: fcntl.flock(os.open('l', os.O_RDONLY), second | fcntl.LOCK_NB)))
            again = os.open('l', os.O_RDONLY)
            check(f'flock {name}, same process', lambda: fcntl.flock(again, second | fcntl.LOCK_NB))
            os.close(again)
            say(f'flock {name}, inherited', in_child(lambda: fcntl.flock(mine, second | fcntl.LOCK_NB)))
            os.close(mine)
        mine, theirs = os.open('l', os.O_RDWR), os.open('l', os.O_RDWR)
        lock(mine, OFD_SETLK, W, 0, 10)
        check('ofd by another description', lock, theirs, OFD_SETLK, W, 5, 1)
        check('ofd asked', lock, theirs, OFD_GETLK, R, 5, 1)
        check('ofd elsewhere', lock, theirs, OFD_SETLK, W, 10, 1)
        check('ofd against posix', lock, fd, fcntl.F_SETLK, R, 0, 1)
        os.close(mine)
        check('ofd after close', lock, theirs, OFD_SETLK, W, 0, 0)
        os.close(theirs)
        lock(fd, fcntl.F_SETLK, W)

        def wait(interrupted):
            mine = os.open('l', os.O_RDWR)
            if interrupted:
                signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(InterruptedError(errno.EINTR, 'signal')))
                signal.setitimer(signal.ITIMER_REAL, 0.05)
            fcntl.lockf(mine, fcntl.LOCK_EX)
            return 'locked'

        say('a wait ended by a signal', in_child(lambda: wait(True)))
        reader, writer = os.pipe()
        number = child(lambda: os.write(writer, outcome(wait, False).encode()))
        time.sleep(0.05)
        lock(fd, fcntl.F_SETLK, U)
        say('a wait ended by the release', os.read(reader, 20))
        os.waitpid(number, 0)
        number = child(lambda: (fcntl.flock(os.open('l', os.O_RDWR), fcntl.LOCK_EX), os.write(writer, b'held'), time.sleep(30)))
        os.read(reader, 4)
        check('flock held elsewhere', lambda: fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB))
        os.kill(number, signal.SIGKILL)
        os.waitpid(number, 0)
        check('flock of a killed process', lambda: fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB))
        check('lease', lambda: fcntl.fcntl(os.open('m', os.O_RDONLY), 1024, fcntl.F_WRLCK))


{'allocation': allocation, 'copies': copies, 'mappings': mappings, 'appends': appends, 'locks': locks}[sys.argv[2]]()
