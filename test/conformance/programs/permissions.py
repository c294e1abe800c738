"""Who may do what: root, the owner, a member of the group and a stranger against modes, sticky and set-id bits."""

import itertools
import os
import stat
import sys

from report import Clean, as_user, outcome, put, rename2, say, taken, tree

OWNER, MEMBER, STRANGER = 61001, 61002, 61003
GROUP, OTHER_GROUP = 61100, 61200
USERS = {
    'root': (0, 0, []),
    'owner': (OWNER, GROUP, [GROUP]),
    'member': (MEMBER, OTHER_GROUP, [GROUP]),
    'stranger': (STRANGER, 61003, []),
}


def own(path, mode=None):
    os.chown(path, OWNER, GROUP, follow_symlinks=False)
    if mode is not None:
        os.chmod(path, mode)


def run(name, user, work):
    said = as_user(*USERS[user], work)
    say(f'{name}: {user}', f'{said} | {tree(".")}')


def opens(flags):
    return lambda: os.close(os.open('d/f', flags))


ON_FILE = {
    'read': opens(os.O_RDONLY),
    'write': opens(os.O_WRONLY),
    'read and write': opens(os.O_RDWR),
    'truncate open': opens(os.O_WRONLY | os.O_TRUNC),
    'path': opens(os.O_PATH),
    'noatime': opens(os.O_RDONLY | os.O_NOATIME),
    'truncate': lambda: os.truncate('d/f', 1),
    'execute': lambda: os.access('d/f', os.X_OK),
    'access': lambda: [os.access('d/f', mode) for mode in (os.R_OK, os.W_OK, os.X_OK, os.R_OK | os.W_OK)],
    'utime now': lambda: os.utime('d/f'),
    'utime set': lambda: os.utime('d/f', (1, 2)),
    'chmod': lambda: os.chmod('d/f', 0o604),
    'getxattr': lambda: os.getxattr('d/f', 'user.x'),
    'setxattr': lambda: os.setxattr('d/f', 'user.x', b'2'),
    'trusted': lambda: os.setxattr('d/f', 'trusted.x', b'2'),
    'link': lambda: os.link('d/f', 'open/l'),
}

ON_DIRECTORY = {
    'list': lambda: sorted(n for n in os.listdir('d') if not n.startswith('.')),
    'lookup': lambda: stat.S_IFMT(os.lstat('d/f').st_mode),
    'missing': lambda: os.lstat('d/none'),
    'create': lambda: os.close(os.open('d/new', os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)),
    'open or create': lambda: os.close(os.open('d/f', os.O_CREAT | os.O_WRONLY, 0o666)),
    'mkdir': lambda: os.mkdir('d/new'),
    'mkfifo': lambda: os.mkfifo('d/new'),
    'device': lambda: os.mknod('d/new', stat.S_IFCHR | 0o600, os.makedev(1, 3)),
    'symlink': lambda: os.symlink('x', 'd/new'),
    'link in': lambda: os.link('open/g', 'd/new'),
    'unlink': lambda: os.unlink('d/f'),
    'rmdir': lambda: os.rmdir('d/sub'),
    'rename in it': lambda: os.rename('d/f', 'd/new'),
    'rename out': lambda: os.rename('d/f', 'open/new'),
    'rename in': lambda: os.rename('open/g', 'd/new'),
    'rename over': lambda: os.rename('open/g', 'd/f'),
    'rename directory out': lambda: os.rename('d/sub', 'open/new'),
    'exchange': lambda: rename2('open/g', 'd/f', 2),
    'tmpfile': lambda: os.close(os.open('d', os.O_TMPFILE | os.O_RDWR, 0o644)),
    'chdir': lambda: os.chdir('d'),
    'chmod': lambda: os.chmod('d', 0o700),
    'utime': lambda: os.utime('d'),
}


def prepare(file_mode=0o644, directory_mode=0o755, file_owner=OWNER):
    os.mkdir('d')
    os.mkdir('d/sub')
    put('d/f')
    os.mkdir('open')
    put('open/g')
    os.setxattr('d/f', 'user.x', b'1')
    for path in ('d', 'd/sub', 'open/g'):
        own(path)
    os.chown('d/f', file_owner, GROUP)
    os.chmod('open', 0o777)
    os.chmod('open/g', 0o666)
    os.chmod('d/f', file_mode)
    os.chmod('d', directory_mode)


FILE_MODES = (0o000, 0o400, 0o200, 0o100, 0o040, 0o020, 0o010, 0o004, 0o002, 0o001, 0o070, 0o007, 0o660, 0o666, 0o444)
DIRECTORY_MODES = (0o000, 0o700, 0o500, 0o300, 0o070, 0o030, 0o010, 0o007, 0o005, 0o003, 0o1777, 0o1775)


def matrix():
    for mode, name, user in itertools.product(FILE_MODES, ON_FILE, USERS):
        if not taken():
            continue
        with Clean():
            prepare(file_mode=mode)
            run(f'file {mode:o} {name}', user, ON_FILE[name])


def directories():
    for mode, file_owner, name, user in itertools.product(DIRECTORY_MODES, (OWNER, STRANGER), ON_DIRECTORY, USERS):
        if not taken():
            continue
        with Clean():
            prepare(directory_mode=mode, file_owner=file_owner)
            run(f'directory {mode:o}{"" if file_owner == OWNER else " of another"} {name}', user, ON_DIRECTORY[name])


def chown_to(uid, gid):
    return lambda: os.chown('f', uid, gid, follow_symlinks=False)


def ownership():
    targets = {'nothing': (-1, -1), 'itself': (OWNER, GROUP), 'group': (-1, GROUP), 'other group': (-1, OTHER_GROUP), 'user': (STRANGER, -1), 'root': (0, 0)}
    for mode in (0o755, 0o6755, 0o4711, 0o2755, 0o2644, 0o6777, 0o1777):
        for name, ids in targets.items():
            for user in USERS:
                if not taken():
                    continue
                with Clean():
                    put('f')
                    own('f', mode)
                    run(f'chown {mode:o} to {name}', user, chown_to(*ids))
        for user in USERS:
            for name, work in SET_ID.items():
                if not taken():
                    continue
                with Clean():
                    put('f', b'x' * 100)
                    own('f', mode | 0o666 if name != 'read' else mode)
                    run(f'set-id {mode:o} {name}', user, work)
    for wanted in (0o4755, 0o2755, 0o1755, 0o7777, 0o0644):
        for gid in (GROUP, OTHER_GROUP, 0):
            for user in USERS:
                for kind in ('file', 'directory'):
                    if not taken():
                        continue
                    with Clean():
                        put('f') if kind == 'file' else os.mkdir('f')
                        os.chown('f', OWNER, gid)
                        run(f'chmod {kind} of group {gid} to {wanted:o}', user, lambda: os.chmod('f', wanted))
    for mode in (0o777, 0o2777, 0o1777, 0o3777):
        for user in USERS:
            if not taken():
                continue
            with Clean():
                os.mkdir('d')
                own('d', mode)
                run(f'new entries below {mode:o}', user, make_all)


def write_to_it():
    with open('f', 'r+b', buffering=0) as file:
        file.write(b'y')


def map_it():
    import mmap
    with open('f', 'r+b') as file, mmap.mmap(file.fileno(), 100) as area:
        area[0:1] = b'z'
        area.flush()


def fall():
    from report import fallocate
    fd = os.open('f', os.O_RDWR)
    fallocate(fd, 0, 0, 8192)
    os.close(fd)


SET_ID = {
    'write': write_to_it,
    'truncate': lambda: os.truncate('f', 1),
    'truncate same': lambda: os.truncate('f', 100),
    'open truncated': lambda: os.close(os.open('f', os.O_WRONLY | os.O_TRUNC)),
    'fallocate': fall,
    'map': map_it,
    'utime': lambda: os.utime('f'),
    'setxattr': lambda: os.setxattr('f', 'user.x', b'1'),
    'rename': lambda: os.rename('f', 'g'),
    'link': lambda: os.link('f', 'g'),
}


def make_all():
    os.umask(0o027)
    os.close(os.open('d/file', os.O_CREAT | os.O_WRONLY, 0o6777))
    os.mkdir('d/directory', 0o7777)
    os.mkfifo('d/fifo', 0o666)
    os.symlink('x', 'd/symlink')
    os.umask(0)
    os.close(os.open('d/file2', os.O_CREAT | os.O_WRONLY, 0o7777))
    os.mkdir('d/directory2', 0o1777)
    os.mknod('d/node', 0o4755 | stat.S_IFREG)
    fd = os.open('d', os.O_TMPFILE | os.O_RDWR, 0o6755)
    os.link(f'/proc/self/fd/{fd}', 'd/tmp', follow_symlinks=True)
    os.close(fd)


def linking():
    """What /proc/sys/fs/protected_* says is the kernel's; the sticky directory of a stranger shows it."""
    for kind in ('symlink', 'fifo', 'file'):
        for user in USERS:
            if not taken():
                continue
            with Clean():
                os.mkdir('d')
                own('d', 0o1777)
                put('target')
                os.chmod('target', 0o666)
                if kind == 'symlink':
                    os.symlink('../target', 'd/x')
                elif kind == 'fifo':
                    os.mkfifo('d/x')
                else:
                    put('d/x')
                os.chown('d/x', STRANGER, GROUP, follow_symlinks=False)
                if kind != 'symlink':
                    os.chmod('d/x', 0o666)
                run(f'sticky {kind} opened to write', user, lambda: os.close(os.open('d/x', os.O_RDWR | os.O_CREAT | os.O_NONBLOCK)))


{'matrix': matrix, 'directories': directories, 'ownership': ownership, 'linking': linking}[sys.argv[2]]()
