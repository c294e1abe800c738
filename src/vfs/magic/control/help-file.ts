import type { VfsContext } from '../../context.ts';
import type { VfsNode } from '../../node.ts';
import { virtualFile } from '../../virtual-file.ts';

export function helpFile(context: VfsContext, path: string): VfsNode {
  return virtualFile(context, {
    path,
    render: async () => Buffer.from(manual(context.principal.user)),
    whyReadOnly: 'this is the manual',
  });
}

function manual(user: string): string {
  return `# vikingfs: context as files

This directory is viking:// for ${user}. Path and URI are the same thing: viking://resources/a.md is resources/a.md here.

  resources/                shared by the account
  user/${user}/             yours: profile.md, memories/, resources/, skills/, peers/
  user/memories, session    short links to yours

## Read
  cat resources/.overview.md          what a directory holds and where to look (one page)
  cat resources/.abstract.md          the same in one paragraph
  ls, grep -r, rg, head, find         as everywhere: these are ordinary files

## Ask
  ls "resources/.find/how do I mount it"               ranked links to the files that answer
  cat "resources/.find/how do I mount it/results.md"   the same with score, reason, lines and passage
  Any directory can be asked. A slash in a question is written %2F.
  cat ".viking/context/1600/how do I mount it"         what is known about it, in at most 1600 tokens

## Write
  Ordinary files: cp, mv, echo, git clone, rsync, editors. They are findable seconds later.
  echo "What this is" > dir/.abstract.md    pins your own description; rm dir/.abstract.md goes back to the generated one
  dir/.relations.json                       links to related entries: edit the JSON array of {uri, reason}

## Sessions and memory
  mkdir session/chat1
  echo '{"role":"user","content":"I prefer tabs"}' >> session/chat1/messages.jsonl
  echo > session/chat1/.commit              archives the messages and keeps what was plainly stated as memories
  cat session/chat1/.commit                 what the last commit did
  ls user/memories/preferences              what was kept
  rm -r session/chat1                       deletes the session

## When something fails
  cat .viking/errors     the last errors in words: a bad JSON line, a reserved name, a read-only place
  cat .viking/status     index, layers, jobs and mounts      cat .viking/jobs     background work
  tail -f .viking/events what changes

Reserved names in every directory: .abstract.md .overview.md .relations.json .meta.json .find
`;
}
