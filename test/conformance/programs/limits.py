"""Lengths of names, paths and links, extended attributes, access lists, link counts, space and streams of names."""

import ctypes
import os
import socket
import subprocess
import sys

from report import Clean, as_user, brief, call, check, libc, names, outcome, put, rename2, say, taken


def length():
    makers = {'file': put, 'directory': os.mkdir, 'fifo': os.mkfifo, 'symlink': lambda name: os.symlink('x', name),
              'link': lambda name: os.link('old', name), 'rename': lambda name: os.rename('old', name), 'stat': os.stat,
              'unlink': os.unlink, 'rmdir': os.rmdir, 'truncate': lambda name: os.truncate(name, 0), 'chdir': os.chdir,
              'exchange': lambda name: rename2('old', name, 2)}
    for size in (1, 254, 255, 256, 1000, 4000):
        for letter in ('a', '\u00e9', '\U0001f600'):
            name = (letter * size)[: size // len(letter.encode()) or 1]
            for kind, work in makers.items():
                if not taken():
                    continue
                with Clean():
                    put('old')
                    say(f'name of {size} bytes {letter!a} {kind}', f'{outcome(work, name)} | {len(names("."))}')
    for size in (4094, 4095, 4096, 5000):
        with Clean():
            path = ('./' * 3000)[: size - 1 - (size - 1) % 2]
            path = path + 'x' * (size - len(path))
            check(f'path of {size} bytes', put, path)
            check(f'path of {size} bytes to rename', os.rename, path, 'y')
            check(f'path of {size} bytes to link', os.link, path, 'z')
    for size in (1, 59, 60, 255, 4095, 4096):
        with Clean():
            check(f'symlink of {size} bytes', os.symlink, 'a' * size, 'l')
            check(f'symlink of {size} bytes, read', lambda: len(os.readlink('l')))
            check(f'symlink of {size} bytes, size', lambda: os.lstat('l').st_size)
            buffer = ctypes.create_string_buffer(100)
            check(f'symlink of {size} bytes, cut', lambda: call(libc.readlink, b'l', buffer, 10))
    with Clean():
        check('empty symlink', os.symlink, '', 'l')
        for target, name in ((b'/\xff\xfe', 'bytes'), (b'a/../b//c/', 'odd'), (b' ', 'space')):
            check(f'symlink to {name}', lambda: (os.symlink(target, name), os.readlink(os.fsencode(name)))[1])
    for depth in (39, 40, 41):
        with Clean():
            put('s0')
            for index in range(depth):
                os.symlink(f's{index}', f's{index + 1}')
            check(f'chain of {depth} symlinks', lambda: os.stat(f's{depth}').st_size)
    for name in (b'with space', b'new\nline', b'tab\t', b'quote"\'', b'\x01\x7f', b'back\\slash', 'pr\u00e9compos\u00e9'.encode(), 'de\u0301compos\u00e9'.encode(),
                 b'...', b'-rf', b'*', b'~', b'CON', b'a:b', b'.hidden', b'trailing.', b'trailing '):
        with Clean():
            check(f'name {name!r}', lambda: (put(name), os.listdir(b'.').count(name), os.unlink(name))[1])


def attributes():
    for kind in ('file', 'directory', 'symlink', 'fifo'):
        for space in ('user', 'trusted', 'security', 'system', 'unknown', ''):
            with Clean():
                {'file': put, 'directory': os.mkdir, 'fifo': os.mkfifo, 'symlink': lambda name: os.symlink('x', name)}[kind]('f')
                name = f'{space}.vtest' if space else 'vtest'
                for step, work in {
                    'set': lambda: os.setxattr('f', name, b'v', follow_symlinks=False),
                    'get': lambda: os.getxattr('f', name, follow_symlinks=False),
                    'list': lambda: sorted(n for n in os.listxattr('f', follow_symlinks=False) if 'vtest' in n),
                    'remove': lambda: os.removexattr('f', name, follow_symlinks=False),
                    'gone': lambda: os.getxattr('f', name, follow_symlinks=False),
                }.items():
                    check(f'xattr {kind} {name} {step}', work)
    with Clean():
        put('f')
        for name, work in {
            'replace none': lambda: os.setxattr('f', 'user.a', b'1', os.XATTR_REPLACE),
            'create': lambda: os.setxattr('f', 'user.a', b'22', os.XATTR_CREATE),
            'create again': lambda: os.setxattr('f', 'user.a', b'1', os.XATTR_CREATE),
            'replace': lambda: os.setxattr('f', 'user.a', b'333', os.XATTR_REPLACE),
            'both flags': lambda: os.setxattr('f', 'user.a', b'1', 3),
            'value': lambda: os.getxattr('f', 'user.a'),
            'empty value': lambda: (os.setxattr('f', 'user.e', b''), os.getxattr('f', 'user.e'))[1],
            'bytes': lambda: (os.setxattr('f', 'user.b', bytes(range(256))), os.getxattr('f', 'user.b') == bytes(range(256)))[1],
            'no room': lambda: call(libc.getxattr, b'f', b'user.a', ctypes.create_string_buffer(8), 2),
            'size asked': lambda: call(libc.getxattr, b'f', b'user.a', None, 0),
            'list, no room': lambda: call(libc.listxattr, b'f', ctypes.create_string_buffer(8), 3),
            'remove none': lambda: os.removexattr('f', 'user.none'),
            'no name': lambda: os.setxattr('f', '', b'1'),
            'prefix alone': lambda: os.setxattr('f', 'user.', b'1'),
            'name of 255': lambda: os.setxattr('f', 'user.' + 'n' * 250, b'1'),
            'name of 256': lambda: os.setxattr('f', 'user.' + 'n' * 251, b'1'),
            'value of 64 KiB and one': lambda: os.setxattr('f', 'user.big', b'x' * 65_537),
            'value of 64 KiB': lambda: os.setxattr('f', 'user.big', b'x' * 65_536),
            'value of 2000': lambda: os.setxattr('f', 'user.mid', b'x' * 2000),
            'kept over rename': lambda: (os.rename('f', 'g'), os.getxattr('g', 'user.a'))[1],
            'seen through a link': lambda: (os.link('g', 'h'), os.setxattr('h', 'user.a', b'h'), os.getxattr('g', 'user.a'))[2],
        }.items():
            check(f'xattr {name}', work)


def access_lists():
    def shell(script):
        done = subprocess.run(['sh', '-c', script], capture_output=True, text=True)
        return ' '.join(done.stdout.split()) if done.returncode == 0 else 'refused ' + done.stderr.strip().split(':')[-1].strip()

    with Clean():
        for name, script in {
            'set': 'echo x > f; chmod 640 f; setfacl -m u:61001:rw f; getfacl -cn f; stat -c %a f',
            'chmod moves the mask': 'chmod 600 f; getfacl -cn f',
            'default': 'mkdir d; setfacl -d -m u:61001:rwx,g::r,o::- d; getfacl -cn d',
            'inherited by a file': 'umask 022; echo x > d/f; getfacl -cn d/f; stat -c %a d/f',
            'inherited by a directory': 'umask 077; mkdir d/s; getfacl -cn d/s; stat -c %a d/s',
            'inherited by a fifo': 'mkfifo -m 666 d/p; getfacl -cn d/p',
            'removed': 'setfacl -b f; getfacl -cn f; stat -c %a f',
            'minimal': 'setfacl -m u::rwx,g::rx,o::x f; stat -c %a f; getfacl -cn f',
        }.items():
            say(f'acl {name}', shell(script))
        os.chmod('.', 0o755)
        put('g')
        os.chmod('g', 0o600)
        subprocess.run(['setfacl', '-m', 'u:61001:rw', 'g'], capture_output=True)
        for uid in (61001, 61003):
            say(f'acl enforced for {uid}', as_user(uid, uid, [], lambda: os.close(os.open('g', os.O_RDWR))))


def counts():
    with Clean():
        os.mkdir('d')
        for step in range(3):
            os.mkdir(f'd/{step}')
            check(f'links of a directory with {step + 1}', lambda: os.stat('d').st_nlink)
        os.rmdir('d/0')
        check('links after rmdir', lambda: os.stat('d').st_nlink)
        os.rename('d/1', 'moved')
        check('links after a rename away', lambda: os.stat('d').st_nlink)
        put('f')
        for step in range(1, 40):
            os.link('f', f'f{step}')
        check('forty names', lambda: [os.stat(f'f{n}').st_nlink for n in (1, 20, 39)])
        before = os.stat('f').st_ino
        os.rename('f', 'g')
        check('inode kept over rename', lambda: os.stat('g').st_ino == before == os.stat('f7').st_ino)
        with open('g', 'r+b') as file:
            for step in range(1, 40):
                os.unlink(f'f{step}')
            os.unlink('g')
            check('links of an open file without a name', lambda: os.fstat(file.fileno()).st_nlink)
            check('written and read without a name', lambda: (os.pwrite(file.fileno(), b'late', 0), os.pread(file.fileno(), 9, 0)))
            check('changed without a name', lambda: (os.fchmod(file.fileno(), 0o600), os.ftruncate(file.fileno(), 2), os.fchown(file.fileno(), 3, 4),
                                                       os.utime(file.fileno(), (1, 2)), os.fsync(file.fileno()),
                                                       (lambda s: (oct(s.st_mode), s.st_size, s.st_uid, s.st_mtime))(os.fstat(file.fileno())))[-1])
            check('named again', lambda: os.link(f'/proc/self/fd/{file.fileno()}', 'again', follow_symlinks=True))
        descriptor = os.open('d', os.O_RDONLY)
        os.rmdir('d/2')
        os.rmdir('d')
        check('removed directory: list', lambda: os.listdir(descriptor))
        check('removed directory: links', lambda: os.fstat(descriptor).st_nlink)
        check('removed directory: create', lambda: os.open('x', os.O_CREAT | os.O_WRONLY, dir_fd=descriptor))
        check('removed directory: parent', lambda: os.stat('..', dir_fd=descriptor).st_nlink > 0)
        os.close(descriptor)
        fd = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o640)
        os.write(fd, b'hello')
        check('tmpfile', lambda: (oct(os.fstat(fd).st_mode), os.fstat(fd).st_nlink, os.fstat(fd).st_size))
        check('tmpfile named', lambda: (os.link(f'/proc/self/fd/{fd}', 'named', follow_symlinks=True), brief('named'))[1])
        check('tmpfile read by name', lambda: open('named', 'rb').read())
        os.close(fd)
        fd = os.open('.', os.O_TMPFILE | os.O_RDWR | os.O_EXCL, 0o640)
        check('exclusive tmpfile cannot be named', lambda: os.link(f'/proc/self/fd/{fd}', 'never', follow_symlinks=True))
        os.close(fd)
        check('statvfs', lambda: (lambda s: (s.f_namemax, s.f_bsize, s.f_frsize, s.f_blocks > s.f_bfree >= s.f_bavail > 0, s.f_ffree > 0))(os.statvfs('.')))
        server = socket.socket(socket.AF_UNIX)
        server.bind('sock')
        server.listen()
        client = socket.socket(socket.AF_UNIX)
        check('socket connects', lambda: client.connect('sock'))
        os.mkfifo('pipe')
        reader = os.open('pipe', os.O_RDONLY | os.O_NONBLOCK)
        writer = os.open('pipe', os.O_WRONLY)
        check('fifo carries', lambda: (os.write(writer, b'through'), os.read(reader, 20))[1])
        os.close(reader)
        os.close(writer)


def streams():
    libc.opendir.restype = ctypes.c_void_p
    libc.telldir.restype = ctypes.c_long
    libc.readdir64.restype = ctypes.c_void_p

    def next_name(stream):
        entry = libc.readdir64(ctypes.c_void_p(stream))
        return ctypes.string_at(entry + 19) if entry else None

    own = (b'.abstract.md', b'.overview.md')
    for count in (0, 1, 30, 400, 1500):
        with Clean():
            for index in range(count):
                os.close(os.open(f'{index:05}-{"n" * (index % 90)}', os.O_CREAT | os.O_WRONLY))
            stream = libc.opendir(b'.')
            seen, places = [], []
            while True:
                place = libc.telldir(ctypes.c_void_p(stream))
                name = next_name(stream)
                if name is None:
                    break
                seen.append(name)
                places.append(place)
            say(f'stream of {count}', (len([n for n in seen if n not in own]), len(set(seen)) == len(seen), b'.' in seen and b'..' in seen))
            wrong = 0
            for index in range(0, len(seen), max(1, len(seen) // 40)):
                libc.seekdir(ctypes.c_void_p(stream), ctypes.c_long(places[index]))
                wrong += next_name(stream) != seen[index]
            say(f'stream of {count}: places that lead elsewhere', wrong)
            libc.rewinddir(ctypes.c_void_p(stream))
            again = set()
            removed = 0
            while (name := next_name(stream)) is not None:
                again.add(name)
                if name not in (b'.', b'..') and name not in own:
                    os.unlink(name)
                    removed += 1
            say(f'stream of {count}: removed while it is read', (removed, names('.')))
            for index in range(50):
                put(f'late{index}')
            libc.rewinddir(ctypes.c_void_p(stream))
            late = 0
            while (name := next_name(stream)) is not None:
                late += name.startswith(b'late')
            say(f'stream of {count}: new names after rewinding', late)
            libc.closedir(ctypes.c_void_p(stream))


{'length': length, 'attributes': attributes, 'access_lists': access_lists, 'counts': counts, 'streams': streams}[sys.argv[2]]()
