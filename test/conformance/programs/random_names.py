"""Processes that make, link, move and remove names at random, each in its own tree and all at once. What is left is a
matter of the seed alone, so a plain directory and a mount end alike. Arguments: directory, seed, processes, operations."""

import errno
import os
import random
import sys

from report import ROOT, rename2, tree

NAMES = [f'n{index}' for index in range(12)]


def place(rng, home):
    parts = [rng.choice(NAMES[:4]) for _ in range(rng.randrange(3))]
    return os.path.join(home, *parts, rng.choice(NAMES))


def step(rng, home):
    first, second = place(rng, home), place(rng, home)
    what = rng.randrange(14)
    if what < 3:
        fd = os.open(first, os.O_WRONLY | os.O_CREAT | rng.choice((0, os.O_TRUNC, os.O_EXCL, os.O_APPEND)), 0o644)
        os.write(fd, bytes([65 + rng.randrange(26)]) * rng.randrange(6000))
        os.close(fd)
    elif what < 5:
        os.mkdir(first)
    elif what == 5:
        os.link(first, second, follow_symlinks=False)
    elif what == 6:
        os.symlink(os.path.basename(second), first)
    elif what < 9:
        os.rename(first, second)
    elif what == 9:
        rename2(first, second, rng.choice((1, 2)))
    elif what == 10:
        os.unlink(first)
    elif what == 11:
        os.rmdir(first)
    elif what == 12:
        os.truncate(first, rng.randrange(9000))
    else:
        os.chmod(first, rng.choice((0o600, 0o644, 0o755)))


def work(who, seed, operations):
    rng = random.Random(seed * 1000 + who)
    home = os.path.join(ROOT, f'p{who}')
    os.mkdir(home)
    said = {}
    for _ in range(operations):
        try:
            step(rng, home)
            name = 'ok'
        except OSError as error:
            name = errno.errorcode[error.errno]
        said[name] = said.get(name, 0) + 1
    with open(os.path.join(ROOT, f'said{who}'), 'w') as file:
        print(sorted(said.items()), tree(home), file=file)


def main():
    seed, processes, operations = (int(argument) for argument in sys.argv[2:5])
    children = []
    for who in range(processes):
        child = os.fork()
        if child == 0:
            try:
                work(who, seed, operations)
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    for who in range(processes):
        with open(os.path.join(ROOT, f'said{who}')) as file:
            print(who, file.read())


main()
