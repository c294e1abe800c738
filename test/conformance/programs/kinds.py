"""Every call against every kind of target: which errno, and what is left afterwards."""

import os
import socket
import stat
import sys

from report import Clean, RENAME_FLAGS, brief, names, outcome, put, rename2, say, taken, tree

KINDS = ('none', 'file', 'dir', 'full', 'tofile', 'todir', 'dangling', 'loop', 'fifo', 'socket', 'char', 'block')


def make(kind, name):
    if kind == 'file':
        put(name)
    elif kind == 'dir':
        os.mkdir(name)
    elif kind == 'full':
        os.mkdir(name)
        put(name + '/inside')
    elif kind == 'tofile':
        put(name + '-t')
        os.symlink(name + '-t', name)
    elif kind == 'todir':
        os.mkdir(name + '-t')
        os.symlink(name + '-t', name)
    elif kind == 'dangling':
        os.symlink(name + '-t', name)
    elif kind == 'loop':
        os.symlink(name, name)
    elif kind == 'fifo':
        os.mkfifo(name)
    elif kind == 'socket':
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(name)
    elif kind == 'char':
        os.mknod(name, 0o644 | stat.S_IFCHR, os.makedev(1, 3))
    elif kind == 'block':
        os.mknod(name, 0o644 | stat.S_IFBLK, os.makedev(240, 3))


def opening(flags):
    def work(name):
        fd = os.open(name, flags | os.O_NONBLOCK | os.O_CLOEXEC, 0o640)
        try:
            return f'{stat.S_IFMT(os.fstat(fd).st_mode):o} {os.fstat(fd).st_size}'
        finally:
            os.close(fd)

    return work


def listing(name):
    return names(name)


def device(name):
    found = os.lstat(name)
    return f'{os.major(found.st_rdev)}:{os.minor(found.st_rdev)}' if stat.S_ISCHR(found.st_mode) or stat.S_ISBLK(found.st_mode) else '-'


CALLS = {
    'lstat': lambda name: brief(name),
    'stat': lambda name: stat.S_IFMT(os.stat(name).st_mode),
    'device': device,
    'mkdir': lambda name: os.mkdir(name),
    'rmdir': os.rmdir,
    'unlink': os.unlink,
    'list': listing,
    'chdir': lambda name: (os.chdir(name), os.chdir('..'))[0],
    'readlink': os.readlink,
    'truncate': lambda name: os.truncate(name, 2),
    'truncate longer': lambda name: os.truncate(name, 10_000),
    'truncate negative': lambda name: os.truncate(name, -1),
    'chmod': lambda name: os.chmod(name, 0o611),
    'chown': lambda name: os.chown(name, 7, 8),
    'lchown': lambda name: os.lchown(name, 7, 8),
    'utime': lambda name: os.utime(name, (5, 6)),
    'lutime': lambda name: os.utime(name, (5, 6), follow_symlinks=False),
    'access': lambda name: os.access(name, os.F_OK),
    'symlink': lambda name: os.symlink('somewhere', name),
    'mkfifo': lambda name: os.mkfifo(name),
    'mknod file': lambda name: os.mknod(name, stat.S_IFREG | 0o600),
    'mknod device': lambda name: os.mknod(name, stat.S_IFCHR | 0o600, os.makedev(5, 6)),
    'setxattr': lambda name: os.setxattr(name, 'user.x', b'1'),
    'lsetxattr': lambda name: os.setxattr(name, 'user.x', b'1', follow_symlinks=False),
    'lsetxattr trusted': lambda name: os.setxattr(name, 'trusted.x', b'1', follow_symlinks=False),
    'getxattr': lambda name: os.getxattr(name, 'user.none'),
    'removexattr': lambda name: os.removexattr(name, 'user.none'),
    'statvfs': lambda name: os.statvfs(name).f_namemax,
    'link from': lambda name: os.link(name, 'new', follow_symlinks=False),
    'link from, followed': lambda name: os.link(name, 'new', follow_symlinks=True),
    'link to': lambda name: (put('old'), os.link('old', name))[1],
}

FLAGS = {
    'RDONLY': os.O_RDONLY,
    'WRONLY': os.O_WRONLY,
    'RDWR': os.O_RDWR,
    'ACCMODE': 3,
    'CREAT': os.O_CREAT | os.O_RDWR,
    'CREAT RDONLY': os.O_CREAT,
    'CREAT EXCL': os.O_CREAT | os.O_EXCL | os.O_WRONLY,
    'EXCL alone': os.O_EXCL,
    'TRUNC': os.O_TRUNC | os.O_WRONLY,
    'TRUNC RDONLY': os.O_TRUNC,
    'CREAT TRUNC': os.O_CREAT | os.O_TRUNC | os.O_RDWR,
    'APPEND': os.O_APPEND | os.O_WRONLY,
    'APPEND TRUNC': os.O_APPEND | os.O_WRONLY | os.O_TRUNC,
    'DIRECTORY': os.O_DIRECTORY,
    'DIRECTORY WRONLY': os.O_DIRECTORY | os.O_WRONLY,
    'DIRECTORY CREAT': os.O_DIRECTORY | os.O_CREAT,
    'NOFOLLOW': os.O_NOFOLLOW,
    'NOFOLLOW CREAT': os.O_NOFOLLOW | os.O_CREAT | os.O_WRONLY,
    'NOFOLLOW DIRECTORY': os.O_NOFOLLOW | os.O_DIRECTORY,
    'PATH': os.O_PATH,
    'PATH NOFOLLOW': os.O_PATH | os.O_NOFOLLOW,
    'PATH DIRECTORY': os.O_PATH | os.O_DIRECTORY,
    'TMPFILE': os.O_TMPFILE | os.O_RDWR,
    'TMPFILE RDONLY': os.O_TMPFILE,
    'TMPFILE EXCL': os.O_TMPFILE | os.O_WRONLY | os.O_EXCL,
    'DSYNC': os.O_DSYNC | os.O_WRONLY,
    'SYNC': os.O_SYNC | os.O_RDWR,
    'NOATIME': os.O_NOATIME,
    'DIRECT': os.O_DIRECT,
    'DIRECT CREAT': os.O_DIRECT | os.O_CREAT | os.O_RDWR,
}


def one(family, kind, name, work, slash):
    if not taken():
        return
    with Clean() as here:
        make(kind, 'x')
        said = outcome(work, 'x/' if slash else 'x')
        os.chdir(here)
        say(f'{family} {name}{"/" if slash else ""}: {kind}', f'{said} | {tree(".")}')


def calls():
    for kind in KINDS:
        for name, work in CALLS.items():
            for slash in (False, True):
                one('call', kind, name, work, slash)


def flags():
    for kind in KINDS:
        for name, bits in FLAGS.items():
            for slash in (False, True):
                one('open', kind, name, opening(bits), slash)


def renames():
    for old in KINDS:
        for new in KINDS:
            for name, bits in RENAME_FLAGS.items():
                if name in ('WHITEOUT', 'UNKNOWN', 'BOTH') and (old not in ('file', 'none') or new not in ('none', 'file')):
                    continue
                if not taken():
                    continue
                with Clean():
                    make(old, 'x')
                    make(new, 'y')
                    said = outcome(rename2, 'x', 'y', bits)
                    say(f'rename {name} {old} to {new}', f'{said} | {tree(".")}')
    for old, new in (('x', 'x'), ('x', 'x/y'), ('x', 'x/y/z'), ('x/y', 'x'), ('x/.', 'z'), ('x/..', 'z'), ('x', '.'), ('x', '..'),
                     ('x/', 'z'), ('x', 'z/'), ('x/', 'z/'), ('f/', 'z'), ('f', 'z/'), ('f', 'g/'), ('f/x', 'z'), ('f', 'f/x'), ('f', 'h')):
        for name, bits in (('', 0), ('NOREPLACE', 1), ('EXCHANGE', 2)):
            with Clean():
                os.makedirs('x/y')
                put('f')
                put('g')
                os.link('f', 'h')
                said = outcome(rename2, old, new, bits)
                say(f'rename {name} {old} to {new}', f'{said} | {tree(".")}')


{'calls': calls, 'flags': flags, 'renames': renames}[sys.argv[2]]()
