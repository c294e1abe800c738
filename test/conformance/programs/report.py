"""What the families of differential cases share: every case prints `name = result`, and the same program on a plain
directory and on a mount must print the same. A result is a value or the name of an errno; nothing in it may depend on
the moment, the path of the directory or the numbers of inodes."""

import ctypes
import errno
import os
import stat
import subprocess
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
AT_FDCWD = -100
RENAME_FLAGS = {'': 0, 'NOREPLACE': 1, 'EXCHANGE': 2, 'BOTH': 3, 'WHITEOUT': 4, 'UNKNOWN': 1 << 20}


def outcome(work, *arguments):
    """The value as text, or the name of the errno."""
    try:
        return text(work(*arguments))
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))
    except ValueError as error:
        return 'ValueError ' + str(error)


def text(value):
    return repr(value) if isinstance(value, (bytes, float)) else str(value)


def say(name, value):
    print(f'{name} = {value}', flush=True)


def check(name, work, *arguments):
    say(name, outcome(work, *arguments))


def fail_with_errno():
    number = ctypes.get_errno()
    raise OSError(number, os.strerror(number))


def call(function, *arguments):
    """A function of libc that answers -1 and sets errno."""
    ctypes.set_errno(0)
    value = function(*arguments)
    if value == -1:
        fail_with_errno()
    return value


def rename2(old, new, flags):
    return call(libc.renameat2, AT_FDCWD, os.fsencode(old), AT_FDCWD, os.fsencode(new), flags)


def fallocate(fd, mode, offset, length):
    return call(libc.fallocate, fd, mode, ctypes.c_long(offset), ctypes.c_long(length))


def as_user(uid, gid, groups, work):
    """The outcome of `work` in a child process with another identity."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups(groups)
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
            os.write(write_end, outcome(work).encode())
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, 'rb') as answer:
        said = answer.read().decode()
    os.waitpid(child, 0)
    return said


def kind_of(mode):
    for letter, test in (('f', stat.S_ISREG), ('d', stat.S_ISDIR), ('l', stat.S_ISLNK), ('p', stat.S_ISFIFO),
                         ('s', stat.S_ISSOCK), ('c', stat.S_ISCHR), ('b', stat.S_ISBLK)):
        if test(mode):
            return letter
    return '?'


def brief(path):
    """Type, mode, links, owner and size of what lies under a name, or `-`."""
    try:
        found = os.lstat(path)
    except OSError as error:
        return errno.errorcode[error.errno]
    size = found.st_size if kind_of(found.st_mode) in 'fl' else 0
    return f'{kind_of(found.st_mode)}{found.st_mode & 0o7777:o}/{found.st_nlink}/{found.st_uid}:{found.st_gid}/{size}'


def names(path):
    """Names of a directory without what vikingfs adds."""
    return ' '.join(sorted(name for name in os.listdir(path) if name not in ('.abstract.md', '.overview.md')))


def tree(root):
    """Every entry below a directory on one line."""
    lines = []
    for directory, directories, files in os.walk(root):
        directories.sort()
        for name in sorted(directories + files):
            if name in ('.abstract.md', '.overview.md'):
                continue
            path = os.path.join(directory, name)
            lines.append(os.path.relpath(path, root) + ':' + brief(path))
    return ' '.join(lines)


def put(path, data=b'data'):
    with open(path, 'wb') as file:
        file.write(data)


class Clean:
    """A fresh directory for one case, made the current one; gone afterwards."""

    made = 0

    def __enter__(self):
        Clean.made += 1
        self.path = os.path.join(ROOT, f'c{Clean.made}')
        os.mkdir(self.path, 0o777)
        os.chmod(self.path, 0o777)
        os.chdir(self.path)
        return self.path

    def __exit__(self, *_):
        os.chdir(ROOT)
        subprocess.run(['rm', '-rf', self.path], check=True)


def wait_tick():
    """Longer than the grain of the times of any filesystem beneath (a timer tick)."""
    time.sleep(0.012)


def taken():
    """Whether this case runs: all do, or every n-th where `SAMPLE` says so (a prime leaves no row or column out)."""
    taken.asked += 1
    return taken.asked % int(os.environ.get('SAMPLE', '1')) == 0


taken.asked = 0
ROOT = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else '.')
os.umask(0o022)
