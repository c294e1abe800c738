import type { Command } from './command.ts';

/** A static script: completing a word never starts a process or asks the daemon. */
export function completionScript(shell: string, commands: readonly Command[]): string {
  return shell === 'fish' ? fishScript(commands) : bashScript(commands, shell === 'zsh');
}

function optionsOf(command: Command): string[] {
  return [...Object.keys(command.options).map((name) => `--${name}`), '--json', '--help'];
}

function firstWords(commands: readonly Command[]): string[] {
  return [...new Set(commands.map((command) => command.name.split(' ')[0]!))];
}

function subcommands(commands: readonly Command[]): Map<string, Command[]> {
  const groups = new Map<string, Command[]>();
  for (const command of commands) {
    const [group, second] = command.name.split(' ');
    if (second !== undefined) groups.set(group!, [...(groups.get(group!) ?? []), command]);
  }
  return groups;
}

function bashScript(commands: readonly Command[], zsh: boolean): string {
  const groups = subcommands(commands);
  const cases = commands
    .map((command) => {
      const [first, second] = command.name.split(' ');
      return `    '${first} ${second ?? ''}') words="${optionsOf(command).join(' ')}" ;;`;
    })
    .join('\n');
  const seconds = [...groups]
    .map(
      ([group, members]) =>
        `    ${group}) words="${members.map((member) => member.name.split(' ')[1]).join(' ')}" ;;`,
    )
    .join('\n');
  return `${zsh ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_ov() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" first="\${COMP_WORDS[1]}" second="" words=""
  COMPREPLY=()
  case "$first" in ${[...groups.keys()].join('|')}) second="\${COMP_WORDS[2]}" ;; esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${firstWords(commands).join(' ')}"
  elif [ "$COMP_CWORD" -eq 2 ] && [ "\${cur#-}" = "$cur" ]; then
    case "$first" in
${seconds}
    esac
  fi
  if [ -z "$words" ] && [ "\${cur#-}" != "$cur" ]; then
    case "$first $second" in
${cases}
    esac
  fi
  if [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  else
    COMPREPLY=($(compgen -f -- "$cur"))
  fi
}
complete -o filenames -F _ov ov openviking
`;
}

function fishScript(commands: readonly Command[]): string {
  const lines: string[] = [];
  const groups = subcommands(commands);
  for (const word of firstWords(commands)) {
    const summary = commands.find((command) => command.name === word)?.summary ?? '';
    lines.push(`complete -c ov -n __fish_use_subcommand -f -a ${word} -d ${quoted(summary)}`);
  }
  for (const [group, members] of groups) {
    for (const member of members) {
      lines.push(
        `complete -c ov -n '__fish_seen_subcommand_from ${group}' -f -a ${member.name.split(' ')[1]} -d ${quoted(member.summary)}`,
      );
    }
  }
  for (const command of commands) {
    const seen = command.name
      .split(' ')
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join('; and ');
    for (const [name, option] of Object.entries(command.options)) {
      lines.push(`complete -c ov -n '${seen}' -l ${name} -d ${quoted(option.describe)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function quoted(text: string): string {
  return `'${text.replace(/(['\\])/g, '\\$1')}'`;
}
