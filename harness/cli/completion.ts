// consensus-bench completion bash|zsh|fish: a script for a shell, made from the commands as they are declared. In a checkout people type
// `npx consensus-bench …`: that is completed like `consensus-bench …`, and other uses of npx as they were without it.
import { Argument, type Command, type Option } from 'commander';
import { mechanismIds } from '../mechanisms.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];
const PROGRAM = 'consensus-bench';

interface CompletedOption {
  readonly flags: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  /** What its value can be; empty: a file, a folder or a number. */
  readonly choices: readonly string[];
}
interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletedOption[];
  /** What its first argument can be; empty: a file or a folder. */
  readonly choices: readonly string[];
}

export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description(`print a completion script: source <(${PROGRAM} completion bash), or ${PROGRAM} completion fish | source`)
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell: Shell) => {
      process.stdout.write(completionScript(shell, program.commands.map(completedCommand)));
    });
}

function completedOption({ short, long, description, argChoices, required, optional }: Option): CompletedOption {
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description,
    takesValue: required || optional,
    choices: long === '--workload' ? mechanismIds() : (argChoices ?? []),
  };
}

function completedCommand(command: Command): CompletedCommand {
  const [first] = command.registeredArguments;
  return {
    name: command.name(),
    description: command.description(),
    options: [
      ...command.options.map(completedOption),
      { flags: ['-h', '--help'], description: 'display help for command', takesValue: false, choices: [] },
    ],
    choices: first?.argChoices ?? (first?.name() === 'id' ? [...mechanismIds(), 'networks'] : []),
  };
}

export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  return { bash, zsh, fish }[shell](commands);
}

/** Options whose values are words, each with its words. */
const withChoices = ({ options }: CompletedCommand): CompletedOption[] => options.filter(({ choices }) => choices.length > 0);

function bash(commands: readonly CompletedCommand[]): string {
  const cases = commands.map((command) => {
    const values = withChoices(command).map(
      ({ flags, choices }) => `      ${flags.join('|')}) COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$current")); return ;;`,
    );
    const files = command.options.filter(({ takesValue, choices }) => takesValue && choices.length === 0).flatMap(({ flags }) => flags);
    return `    ${command.name})
      case "$previous" in
${[...values, ...(files.length === 0 ? [] : [`      ${files.join('|')}) COMPREPLY=($(compgen -f -- "$current")); return ;;`])].join('\n')}
      esac
      if [[ $current == -* ]]; then COMPREPLY=($(compgen -W '${command.options.flatMap(({ flags }) => flags).join(' ')}' -- "$current"))
      else COMPREPLY=($(${command.choices.length === 0 ? 'compgen -f' : `compgen -W '${command.choices.join(' ')}'`} -- "$current")); fi ;;`;
  });
  return `# bash completion for ${PROGRAM}
_consensus_bench() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')} help --help --version' -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
}
complete -o filenames -F _consensus_bench ${PROGRAM}
_consensus_bench_npx() {
  COMPREPLY=()
  if [[ COMP_CWORD -gt 1 && \${COMP_WORDS[1]} == ${PROGRAM} ]]; then
    COMP_WORDS=("\${COMP_WORDS[@]:1}")
    ((COMP_CWORD--))
    _consensus_bench
  elif ((COMP_CWORD == 1)); then COMPREPLY=($(compgen -W ${PROGRAM} -- "\${COMP_WORDS[1]}")); fi
}
complete -o default -o filenames -F _consensus_bench_npx npx
`;
}

/** As text of zsh inside single quotes, and of its own brackets and colons. */
const zshText = (text: string): string => text.replaceAll("'", "'\\''").replaceAll(/[[\]:]/g, '\\$&');

function zsh(commands: readonly CompletedCommand[]): string {
  const cases = commands.map((command) => {
    const options = command.options.map(({ flags, description, takesValue, choices }) => {
      const value = !takesValue ? '' : choices.length > 0 ? `:value:(${choices.join(' ')})` : ':value:_files';
      const names = flags.length > 1 ? `'(${flags.join(' ')})'{${flags.join(',')}}` : flags[0];
      return `        ${names}'[${zshText(description)}]${value}'`;
    });
    const argument = `        '*:argument:${command.choices.length === 0 ? '_files' : `(${command.choices.join(' ')})`}'`;
    return `    ${command.name})\n      _arguments \\\n${[...options, argument].join(' \\\n')} ;;`;
  });
  return `#compdef ${PROGRAM}
_consensus_bench() {
  local -a commands
  commands=(
${commands.map(({ name, description }) => `    '${name}:${zshText(description)}'`).join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=\${words[2]}
  shift words
  ((CURRENT--))
  case $command in
${cases.join('\n')}
  esac
}
_consensus_bench_npx() {
  if ((CURRENT == 2)); then
    compadd ${PROGRAM}
    _default
  elif [[ \${words[2]} == ${PROGRAM} ]]; then
    shift words
    ((CURRENT--))
    _consensus_bench
  else _default; fi
}
compdef _consensus_bench ${PROGRAM}
compdef _consensus_bench_npx npx
`;
}

const fishText = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function fish(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap((command) => {
    const within = `complete -c ${PROGRAM} -n '__fish_seen_subcommand_from ${command.name}'`;
    return [
      `complete -c ${PROGRAM} -n __fish_use_subcommand -f -a ${command.name} -d ${fishText(command.description)}`,
      ...(command.choices.length === 0 ? [] : [`${within} -f -a '${command.choices.join(' ')}'`]),
      ...command.options.map(({ flags, description, takesValue, choices }) => {
        const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(' ');
        const value = !takesValue ? '' : choices.length > 0 ? ` -x -a '${choices.join(' ')}'` : ' -r';
        return `${within} ${names}${value} -d ${fishText(description)}`;
      }),
    ];
  });
  return `# fish completion for ${PROGRAM}
${lines.join('\n')}
complete -c npx -n __fish_use_subcommand -a ${PROGRAM}
complete -c npx -n '__fish_seen_subcommand_from ${PROGRAM}' -f -a "(complete -C (string replace -r '^\\s*npx\\s+' '' -- (commandline -cp)))"
`;
}
