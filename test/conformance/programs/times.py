"""Which of the times of an entry and of its directory each operation moves, and how exact they are."""

import errno
import mmap
import os
import stat
import sys

from report import Clean, as_user, call, fallocate, libc, outcome, put, rename2, say, taken, wait_tick


def times(path):
    try:
        found = os.stat(path, follow_symlinks=False)
    except OSError as error:
        return errno.errorcode[error.errno]
    return found.st_mtime_ns, found.st_ctime_ns


def moved(before, after):
    if isinstance(before, str) or isinstance(after, str):
        return after if isinstance(after, str) else 'new'
    return ''.join(letter if old != new else '-' for letter, old, new in zip('mc', before, after))


def with_fd(flags, work):
    def run():
        fd = os.open('d/f', flags)
        try:
            return work(fd)
        finally:
            os.close(fd)

    return run


def map_write(fd):
    with mmap.mmap(fd, 4096) as area:
        area[0:3] = b'new'
        area.flush()


def copy_range(fd):
    source = os.open('g', os.O_RDONLY)
    os.copy_file_range(source, fd, 4, 0, 0)
    os.close(source)


OPERATIONS = {
    'read': lambda: open('d/f', 'rb').read(),
    'write': with_fd(os.O_WRONLY, lambda fd: os.pwrite(fd, b'y', 0)),
    'write nothing': with_fd(os.O_WRONLY, lambda fd: os.pwrite(fd, b'', 0)),
    'append': with_fd(os.O_WRONLY | os.O_APPEND, lambda fd: os.write(fd, b'y')),
    'write direct': with_fd(os.O_WRONLY | os.O_DIRECT, lambda fd: os.pwrite(fd, mmap.mmap(-1, 4096), 0)),
    'mapped write': with_fd(os.O_RDWR, map_write),
    'copy range': with_fd(os.O_WRONLY, copy_range),
    'truncate shorter': lambda: os.truncate('d/f', 1),
    'truncate longer': lambda: os.truncate('d/f', 9000),
    'truncate to the same size': lambda: os.truncate('d/f', os.stat('d/f').st_size),
    'ftruncate to the same size': with_fd(os.O_WRONLY, lambda fd: os.ftruncate(fd, os.fstat(fd).st_size)),
    'open': with_fd(os.O_RDWR, lambda fd: None),
    'open truncated': with_fd(os.O_WRONLY | os.O_TRUNC, lambda fd: None),
    'open empty truncated': lambda: os.close(os.open('d/empty', os.O_WRONLY | os.O_TRUNC)),
    'open or create': lambda: os.close(os.open('d/f', os.O_WRONLY | os.O_CREAT)),
    'fallocate': with_fd(os.O_RDWR, lambda fd: fallocate(fd, 0, 0, 20000)),
    'fallocate, size kept': with_fd(os.O_RDWR, lambda fd: fallocate(fd, 1, 8192, 20000)),
    'punch': with_fd(os.O_RDWR, lambda fd: fallocate(fd, 3, 0, 4096)),
    'fsync': with_fd(os.O_RDWR, os.fsync),
    'chmod': lambda: os.chmod('d/f', 0o600),
    'chmod to the same': lambda: os.chmod('d/f', 0o644),
    'chown': lambda: os.chown('d/f', 5, 5),
    'chown to nothing': lambda: os.chown('d/f', -1, -1),
    'utime both': lambda: os.utime('d/f', ns=(5, 6)),
    'utime now': lambda: os.utime('d/f'),
    'setxattr': lambda: os.setxattr('d/f', 'user.a', b'1'),
    'setxattr again': lambda: (os.setxattr('d/f', 'user.a', b'1'), wait_tick(), os.setxattr('d/f', 'user.a', b'1'))[1],
    'removexattr': lambda: os.removexattr('d/f', 'user.kept'),
    'removexattr of none': lambda: os.removexattr('d/f', 'user.none'),
    'link': lambda: os.link('d/f', 'd/new'),
    'link elsewhere': lambda: os.link('d/f', 'e/new'),
    'unlink': lambda: os.unlink('d/f'),
    'unlink of a second name': lambda: os.unlink('e/second'),
    'rename in it': lambda: os.rename('d/f', 'd/new'),
    'rename away': lambda: os.rename('d/f', 'e/new'),
    'rename onto itself': lambda: os.rename('d/f', 'd/f'),
    'rename onto its second name': lambda: os.rename('d/f', 'e/second'),
    'rename over it': lambda: os.rename('g', 'd/f'),
    'rename directory in it': lambda: os.rename('d/sub', 'd/new'),
    'rename directory away': lambda: os.rename('d/sub', 'e/new'),
    'exchange': lambda: rename2('d/f', 'e/x', 2),
    'refused rename': lambda: rename2('d/f', 'e/x', 1),
    'create': lambda: put('d/new'),
    'exclusive and there': lambda: os.open('d/f', os.O_CREAT | os.O_EXCL | os.O_WRONLY),
    'mkdir': lambda: os.mkdir('d/new'),
    'mkdir of one there': lambda: os.mkdir('d/sub'),
    'rmdir': lambda: os.rmdir('d/sub'),
    'rmdir of a full one': lambda: os.rmdir('d'),
    'symlink': lambda: os.symlink('x', 'd/new'),
    'mkfifo': lambda: os.mkfifo('d/new'),
    'mknod': lambda: os.mknod('d/new', stat.S_IFCHR | 0o600, os.makedev(1, 3)),
    'readlink': lambda: os.readlink('d/l'),
    'lutime of a link': lambda: os.utime('d/l', ns=(5, 6), follow_symlinks=False),
    'lchown of a link': lambda: os.lchown('d/l', 5, 5),
    'list': lambda: len(os.listdir('d')) > 0,
    'tmpfile': lambda: os.close(os.open('d', os.O_TMPFILE | os.O_RDWR)),
}

WATCHED = ('d', 'd/f', 'd/l', 'd/sub', 'd/empty', 'e', 'e/second', 'e/x', 'g')


def moves():
    for name, work in OPERATIONS.items():
        with Clean():
            for directory in ('d', 'e', 'd/sub'):
                os.mkdir(directory)
            put('d/f', b'x' * 5000)
            put('g')
            put('d/empty', b'')
            put('e/x')
            os.link('d/f', 'e/second')
            os.setxattr('d/f', 'user.kept', b'1')
            os.symlink('f', 'd/l')
            before = [times(path) for path in WATCHED]
            wait_tick()
            said = outcome(work)
            changes = ' '.join(f'{path}:{moved(old, times(path))}' for path, old in zip(WATCHED, before))
            say(f'times {name}', f'{said if not said.startswith("b") else "bytes"} | {changes}')


NOW, OMIT = (1 << 30) - 1, (1 << 30) - 2


def utimens(path, atime, mtime, flags=0):
    import ctypes

    class Pair(ctypes.Structure):
        _fields_ = [('a', ctypes.c_long), ('an', ctypes.c_long), ('m', ctypes.c_long), ('mn', ctypes.c_long)]

    pair = Pair(atime[0], atime[1], mtime[0], mtime[1])
    return call(libc.utimensat, -100, os.fsencode(path), ctypes.byref(pair), flags)


def sets():
    import time
    values = {'zero': (0, 0), 'one': (1, 1), 'fine': (1_600_000_000, 123_456_789), 'last': (1_600_000_000, 999_999_999),
              'too fine': (1, 1_000_000_000), 'negative fraction': (1, -1), 'before 1970': (-1, 500_000_000), 'before 1901': (-2_147_483_648, 0),
              'after 2038': (4_294_967_296, 7), 'far': (15_032_385_535, 0), 'too far': (1 << 40, 0), 'now': (0, NOW), 'omit': (0, OMIT)}
    for aname, atime in values.items():
        for mname, mtime in values.items():
            if not taken():
                continue
            with Clean():
                put('f')
                os.utime('f', ns=(1_500_000_000_000_000_001, 1_500_000_000_000_000_002))
                said = outcome(utimens, 'f', atime, mtime)
                found = os.stat('f')
                shown = ['now' if abs(ns - time.time_ns()) < 30e9 else ns for ns in (found.st_atime_ns, found.st_mtime_ns)]
                say(f'utimensat {aname} {mname}', f'{said} | {shown}')
    users = {'root': (0, 0, []), 'owner': (61001, 61001, []), 'stranger': (61003, 61003, [])}
    for mode in (0o644, 0o666, 0o444, 0o600, 0o000):
        for name, pair in {'set': ((5, 0), (6, 0)), 'now': ((0, NOW), (0, NOW)), 'omit': ((0, OMIT), (0, OMIT)), 'now omit': ((0, NOW), (0, OMIT)),
                           'omit now': ((0, OMIT), (0, NOW)), 'set omit': ((5, 0), (0, OMIT)), 'now set': ((0, NOW), (6, 0))}.items():
            for user, identity in users.items():
                if not taken():
                    continue
                with Clean():
                    put('f')
                    os.chown('f', 61001, 61001)
                    os.chmod('f', mode)
                    say(f'utimensat {mode:o} {name} by {user}', as_user(*identity, lambda: utimens('f', *pair)))


{'moves': moves, 'sets': sets}[sys.argv[2]]()
