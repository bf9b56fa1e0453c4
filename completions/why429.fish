# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_why429_global_optspecs
    string join \n tz= log-tz= log-date= map= provider= account= jobs= max-attempts= config= q/quiet home format= json o/output= ticket= force no-redact since= last= until= episode= pool= now= fail-on= min-probability= hash v/verbose color= no-pager h/help V/version
end

function __fish_why429_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_why429_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_why429_using_subcommand
    set -l cmd (__fish_why429_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c why429 -n "__fish_why429_needs_command" -l tz -d 'Zone of the times that are shown and typed: UTC, +08:00, Europe/Vienna; it changes nothing else [default: UTC]' -r
complete -c why429 -n "__fish_why429_needs_command" -l log-tz -d 'Zone of stamps that carry none, where no other lines of their client prove it [default: this machine\'s with --home, else UTC]' -r
complete -c why429 -n "__fish_why429_needs_command" -l log-date -d 'Day of lines that have only a time of day, and year of lines whose date has none: YYYY-MM-DD' -r
complete -c why429 -n "__fish_why429_needs_command" -l map -d 'Read a team\'s own JSON or CSV: FIELD=KEY[,FIELD=KEY], such as start=ts,status=code (docs/FORMATS.md has the fields)' -r
complete -c why429 -n "__fish_why429_needs_command" -l provider -d 'Provider of attempts whose log names none' -r
complete -c why429 -n "__fish_why429_needs_command" -l account -d 'Account of attempts whose log names none' -r
complete -c why429 -n "__fish_why429_needs_command" -l jobs -d 'Threads for reading; 0 is one per core. The result does not depend on it [default: 0]' -r
complete -c why429 -n "__fish_why429_needs_command" -l max-attempts -d 'Attempts that are kept in memory at most; what is beyond is a problem, and the exit code is 1 [default: 20000000]' -r
complete -c why429 -n "__fish_why429_needs_command" -l config -d 'Read the configuration from FILE; else from WHY429_CONFIG, ./why429.toml, or the user\'s own (docs/config.md)' -r -F
complete -c why429 -n "__fish_why429_needs_command" -l format -d 'How the report is written [default: by the ending of --output, else terminal]' -r -f -a "terminal\t'For a person at a terminal'
markdown\t'For an issue or a ticket; accounts are pseudonyms'
html\t'One file for a browser, with pictures, to send or to print; accounts are pseudonyms'
json\t'For a script: schema why429.report/v1'
jsonl\t'The episodes of that report, one JSON object a line'
timesketch\t'Attempts, snapshots and episodes as events for Timesketch: JSON lines, or CSV when --output ends in .csv'"
complete -c why429 -n "__fish_why429_needs_command" -s o -l output -d 'Write the report to a file; .html, .md, .json, .jsonl or .txt chooses the format' -r -F
complete -c why429 -n "__fish_why429_needs_command" -l ticket -d 'Also write a pack for the provider\'s support into the new folder DIR: report, picture, attempts, questions' -r -f -a "(__fish_complete_directories)"
complete -c why429 -n "__fish_why429_needs_command" -l since -d 'Report only episodes that end at or after TIME: RFC 3339, `YYYY-MM-DD[ HH:MM[:SS]]` or `yesterday 14:00` in --tz, or back from now (`2h`, `3d`)' -r
complete -c why429 -n "__fish_why429_needs_command" -l last -d 'Report only the last so much: the same as --since with a length back from now, such as 90min, 2h, 3d' -r
complete -c why429 -n "__fish_why429_needs_command" -l until -d 'Report only episodes that begin at or before TIME; a day alone counts to its end' -r
complete -c why429 -n "__fish_why429_needs_command" -l episode -d 'Report only this episode, such as E2' -r
complete -c why429 -n "__fish_why429_needs_command" -l pool -d 'Report only episodes of this pool: its id, or the beginning of it (`kimi-code`, `kimi-code/acct0`)' -r
complete -c why429 -n "__fish_why429_needs_command" -l now -d 'Take TIME for now: relative times count from it, and what the logs hold after it is not used, so that any moment of an outage can be replayed' -r
complete -c why429 -n "__fish_why429_needs_command" -l fail-on -d 'Exit with 5 when an episode has one of these causes with at least --min-probability' -r -f -a "concurrency_cap\t''
token_window\t''
rate_per_minute\t''
overload\t''
network\t''
billing\t''
access\t''
local_limit\t''
idle\t''
account_block\t''
undetermined\t''"
complete -c why429 -n "__fish_why429_needs_command" -l min-probability -d 'Least probability for --fail-on [default: 0.6]' -r
complete -c why429 -n "__fish_why429_needs_command" -l color -d 'When to colour [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c why429 -n "__fish_why429_needs_command" -s q -l quiet -d 'Less: no progress bar, and of the report only the verdict'
complete -c why429 -n "__fish_why429_needs_command" -l home -d 'Read this user\'s known agent folders, beside any paths; the last 7 days, unless --since or --last says otherwise. The same as no path at all on a terminal'
complete -c why429 -n "__fish_why429_needs_command" -l json -d 'The same as --format json'
complete -c why429 -n "__fish_why429_needs_command" -l force -d 'Replace a pack that stands in DIR'
complete -c why429 -n "__fish_why429_needs_command" -l no-redact -d 'Mask nothing: keys, names and error texts stay as the logs have them'
complete -c why429 -n "__fish_why429_needs_command" -l hash -d 'Put the SHA-256 of every input into the report'
complete -c why429 -n "__fish_why429_needs_command" -s v -l verbose -d 'More: every episode in full, all agents, all evidence'
complete -c why429 -n "__fish_why429_needs_command" -l no-pager -d 'Write a report that is longer than the terminal without a pager; PAGER names another one'
complete -c why429 -n "__fish_why429_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c why429 -n "__fish_why429_needs_command" -s V -l version -d 'Print version'
complete -c why429 -n "__fish_why429_needs_command" -a "analyze" -d 'Analyse files and folders; the same as giving paths alone'
complete -c why429 -n "__fish_why429_needs_command" -a "check" -d 'Analyse every fixture folder below DIR and compare with its expected.json'
complete -c why429 -n "__fish_why429_needs_command" -a "explain" -d 'Tell what a cause means, or what an error text says and what it does not'
complete -c why429 -n "__fish_why429_needs_command" -a "formats" -d 'List every log format it reads, and where those files live'
complete -c why429 -n "__fish_why429_needs_command" -a "next" -d 'Tell when work can go on: one line per pool; exit 6 when one is blocked'
complete -c why429 -n "__fish_why429_needs_command" -a "timeline" -d 'Write the normalised attempts as a table'
complete -c why429 -n "__fish_why429_needs_command" -a "diff" -d 'Tell what changed between two JSON reports; exit 4 when a verdict did'
complete -c why429 -n "__fish_why429_needs_command" -a "hook" -d 'Append what a client\'s hook or status line is given to the ledger that --home reads'
complete -c why429 -n "__fish_why429_needs_command" -a "skills" -d 'Teach the agents of this machine to use why429'
complete -c why429 -n "__fish_why429_needs_command" -a "completions" -d 'Print the completion script of a shell'
complete -c why429 -n "__fish_why429_needs_command" -a "man" -d 'Print the manual page, in roff'
complete -c why429 -n "__fish_why429_needs_command" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l tz -d 'Zone of the times that are shown and typed: UTC, +08:00, Europe/Vienna; it changes nothing else [default: UTC]' -r
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l log-tz -d 'Zone of stamps that carry none, where no other lines of their client prove it [default: this machine\'s with --home, else UTC]' -r
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l log-date -d 'Day of lines that have only a time of day, and year of lines whose date has none: YYYY-MM-DD' -r
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l map -d 'Read a team\'s own JSON or CSV: FIELD=KEY[,FIELD=KEY], such as start=ts,status=code (docs/FORMATS.md has the fields)' -r
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l provider -d 'Provider of attempts whose log names none' -r
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l account -d 'Account of attempts whose log names none' -r
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l jobs -d 'Threads for reading; 0 is one per core. The result does not depend on it [default: 0]' -r
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l max-attempts -d 'Attempts that are kept in memory at most; what is beyond is a problem, and the exit code is 1 [default: 20000000]' -r
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l config -d 'Read the configuration from FILE; else from WHY429_CONFIG, ./why429.toml, or the user\'s own (docs/config.md)' -r -F
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l format -d 'How the report is written [default: by the ending of --output, else terminal]' -r -f -a "terminal\t'For a person at a terminal'
markdown\t'For an issue or a ticket; accounts are pseudonyms'
html\t'One file for a browser, with pictures, to send or to print; accounts are pseudonyms'
json\t'For a script: schema why429.report/v1'
jsonl\t'The episodes of that report, one JSON object a line'
timesketch\t'Attempts, snapshots and episodes as events for Timesketch: JSON lines, or CSV when --output ends in .csv'"
complete -c why429 -n "__fish_why429_using_subcommand analyze" -s o -l output -d 'Write the report to a file; .html, .md, .json, .jsonl or .txt chooses the format' -r -F
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l ticket -d 'Also write a pack for the provider\'s support into the new folder DIR: report, picture, attempts, questions' -r -f -a "(__fish_complete_directories)"
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l since -d 'Report only episodes that end at or after TIME: RFC 3339, `YYYY-MM-DD[ HH:MM[:SS]]` or `yesterday 14:00` in --tz, or back from now (`2h`, `3d`)' -r
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l last -d 'Report only the last so much: the same as --since with a length back from now, such as 90min, 2h, 3d' -r
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l until -d 'Report only episodes that begin at or before TIME; a day alone counts to its end' -r
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l episode -d 'Report only this episode, such as E2' -r
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l pool -d 'Report only episodes of this pool: its id, or the beginning of it (`kimi-code`, `kimi-code/acct0`)' -r
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l now -d 'Take TIME for now: relative times count from it, and what the logs hold after it is not used, so that any moment of an outage can be replayed' -r
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l fail-on -d 'Exit with 5 when an episode has one of these causes with at least --min-probability' -r -f -a "concurrency_cap\t''
token_window\t''
rate_per_minute\t''
overload\t''
network\t''
billing\t''
access\t''
local_limit\t''
idle\t''
account_block\t''
undetermined\t''"
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l min-probability -d 'Least probability for --fail-on [default: 0.6]' -r
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l color -d 'When to colour [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c why429 -n "__fish_why429_using_subcommand analyze" -s q -l quiet -d 'Less: no progress bar, and of the report only the verdict'
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l home -d 'Read this user\'s known agent folders, beside any paths; the last 7 days, unless --since or --last says otherwise. The same as no path at all on a terminal'
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l json -d 'The same as --format json'
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l force -d 'Replace a pack that stands in DIR'
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l no-redact -d 'Mask nothing: keys, names and error texts stay as the logs have them'
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l hash -d 'Put the SHA-256 of every input into the report'
complete -c why429 -n "__fish_why429_using_subcommand analyze" -s v -l verbose -d 'More: every episode in full, all agents, all evidence'
complete -c why429 -n "__fish_why429_using_subcommand analyze" -l no-pager -d 'Write a report that is longer than the terminal without a pager; PAGER names another one'
complete -c why429 -n "__fish_why429_using_subcommand analyze" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c why429 -n "__fish_why429_using_subcommand check" -l junit -d 'Write a JUnit report' -r -F
complete -c why429 -n "__fish_why429_using_subcommand check" -l html -d 'Write each case\'s HTML report into the folder OUT' -r -f -a "(__fish_complete_directories)"
complete -c why429 -n "__fish_why429_using_subcommand check" -l annotations -d 'Mark each difference in a code review, on standard error' -r -f -a "auto\t'GitHub\'s where GITHUB_ACTIONS is `true`, else none'
github\t'GitHub\'s'
none\t'None'"
complete -c why429 -n "__fish_why429_using_subcommand check" -l update -d 'Rewrite every expected.json that differs; bounds that still hold are kept'
complete -c why429 -n "__fish_why429_using_subcommand check" -s q -l quiet -d 'Less: only cases that differ or could not be judged'
complete -c why429 -n "__fish_why429_using_subcommand check" -s v -l verbose -d 'More: the reasons behind each difference'
complete -c why429 -n "__fish_why429_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c why429 -n "__fish_why429_using_subcommand explain" -l message -d 'An error text, whatever its first word is' -r
complete -c why429 -n "__fish_why429_using_subcommand explain" -s h -l help -d 'Print help'
complete -c why429 -n "__fish_why429_using_subcommand formats" -s h -l help -d 'Print help'
complete -c why429 -n "__fish_why429_using_subcommand next" -l tz -d 'Zone of the times that are shown and typed: UTC, +08:00, Europe/Vienna; it changes nothing else [default: UTC]' -r
complete -c why429 -n "__fish_why429_using_subcommand next" -l log-tz -d 'Zone of stamps that carry none, where no other lines of their client prove it [default: this machine\'s with --home, else UTC]' -r
complete -c why429 -n "__fish_why429_using_subcommand next" -l log-date -d 'Day of lines that have only a time of day, and year of lines whose date has none: YYYY-MM-DD' -r
complete -c why429 -n "__fish_why429_using_subcommand next" -l map -d 'Read a team\'s own JSON or CSV: FIELD=KEY[,FIELD=KEY], such as start=ts,status=code (docs/FORMATS.md has the fields)' -r
complete -c why429 -n "__fish_why429_using_subcommand next" -l provider -d 'Provider of attempts whose log names none' -r
complete -c why429 -n "__fish_why429_using_subcommand next" -l account -d 'Account of attempts whose log names none' -r
complete -c why429 -n "__fish_why429_using_subcommand next" -l jobs -d 'Threads for reading; 0 is one per core. The result does not depend on it [default: 0]' -r
complete -c why429 -n "__fish_why429_using_subcommand next" -l max-attempts -d 'Attempts that are kept in memory at most; what is beyond is a problem, and the exit code is 1 [default: 20000000]' -r
complete -c why429 -n "__fish_why429_using_subcommand next" -l config -d 'Read the configuration from FILE; else from WHY429_CONFIG, ./why429.toml, or the user\'s own (docs/config.md)' -r -F
complete -c why429 -n "__fish_why429_using_subcommand next" -l format -d 'How the answer is written [default: terminal]' -r -f -a "terminal\t'For a person: one line per pool; the state is the second word'
json\t'For a script: schema why429.next/v1'"
complete -c why429 -n "__fish_why429_using_subcommand next" -l pool -d 'Only this pool: its id, or the provider or provider/account that it begins with; may be given again' -r
complete -c why429 -n "__fish_why429_using_subcommand next" -l since -d 'Leave out pools that no log names since TIME (as for analyze); with --home the last 7 days unless given' -r
complete -c why429 -n "__fish_why429_using_subcommand next" -l last -d 'The same as --since with a length back from now, such as 2h or 3d' -r
complete -c why429 -n "__fish_why429_using_subcommand next" -l now -d 'Take TIME for now: what the logs hold after it is not used' -r
complete -c why429 -n "__fish_why429_using_subcommand next" -s q -l quiet -d 'Less: no progress bar, and of the report only the verdict'
complete -c why429 -n "__fish_why429_using_subcommand next" -l home -d 'Read this user\'s known agent folders, beside any paths; the same as no path at all on a terminal'
complete -c why429 -n "__fish_why429_using_subcommand next" -l json -d 'The same as --format json'
complete -c why429 -n "__fish_why429_using_subcommand next" -l wait -d 'Sleep until no selected pool is blocked; the logs are read again meanwhile'
complete -c why429 -n "__fish_why429_using_subcommand next" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c why429 -n "__fish_why429_using_subcommand timeline" -l tz -d 'Zone of the times that are shown and typed: UTC, +08:00, Europe/Vienna; it changes nothing else [default: UTC]' -r
complete -c why429 -n "__fish_why429_using_subcommand timeline" -l log-tz -d 'Zone of stamps that carry none, where no other lines of their client prove it [default: this machine\'s with --home, else UTC]' -r
complete -c why429 -n "__fish_why429_using_subcommand timeline" -l log-date -d 'Day of lines that have only a time of day, and year of lines whose date has none: YYYY-MM-DD' -r
complete -c why429 -n "__fish_why429_using_subcommand timeline" -l map -d 'Read a team\'s own JSON or CSV: FIELD=KEY[,FIELD=KEY], such as start=ts,status=code (docs/FORMATS.md has the fields)' -r
complete -c why429 -n "__fish_why429_using_subcommand timeline" -l provider -d 'Provider of attempts whose log names none' -r
complete -c why429 -n "__fish_why429_using_subcommand timeline" -l account -d 'Account of attempts whose log names none' -r
complete -c why429 -n "__fish_why429_using_subcommand timeline" -l jobs -d 'Threads for reading; 0 is one per core. The result does not depend on it [default: 0]' -r
complete -c why429 -n "__fish_why429_using_subcommand timeline" -l max-attempts -d 'Attempts that are kept in memory at most; what is beyond is a problem, and the exit code is 1 [default: 20000000]' -r
complete -c why429 -n "__fish_why429_using_subcommand timeline" -l config -d 'Read the configuration from FILE; else from WHY429_CONFIG, ./why429.toml, or the user\'s own (docs/config.md)' -r -F
complete -c why429 -n "__fish_why429_using_subcommand timeline" -s o -l output -d 'The file; .parquet, .csv or .jsonl' -r -F
complete -c why429 -n "__fish_why429_using_subcommand timeline" -s q -l quiet -d 'Less: no progress bar, and of the report only the verdict'
complete -c why429 -n "__fish_why429_using_subcommand timeline" -l home -d 'Read this user\'s known agent folders, beside any paths'
complete -c why429 -n "__fish_why429_using_subcommand timeline" -s h -l help -d 'Print help'
complete -c why429 -n "__fish_why429_using_subcommand diff" -l format -d 'How the differences are written' -r -f -a "terminal\t'For a person at a terminal'
json\t'For a script: schema why429.diff/v1'"
complete -c why429 -n "__fish_why429_using_subcommand diff" -s q -l quiet -d 'Less: only whether a verdict changed'
complete -c why429 -n "__fish_why429_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c why429 -n "__fish_why429_using_subcommand hook" -l client -d 'The client whose hook this is, where its event does not tell, such as kimi-cli' -r
complete -c why429 -n "__fish_why429_using_subcommand hook" -l provider -d 'Provider of an event or body that names none' -r
complete -c why429 -n "__fish_why429_using_subcommand hook" -l account -d 'Account of an event or body that names none' -r
complete -c why429 -n "__fish_why429_using_subcommand hook" -s v -l verbose -d 'Say on standard error why nothing was written'
complete -c why429 -n "__fish_why429_using_subcommand hook" -s h -l help -d 'Print help'
complete -c why429 -n "__fish_why429_using_subcommand skills; and not __fish_seen_subcommand_from install help" -s h -l help -d 'Print help'
complete -c why429 -n "__fish_why429_using_subcommand skills; and not __fish_seen_subcommand_from install help" -f -a "install" -d 'Write the agent skill where Claude Code, Codex and Kimi look for skills'
complete -c why429 -n "__fish_why429_using_subcommand skills; and not __fish_seen_subcommand_from install help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c why429 -n "__fish_why429_using_subcommand skills; and __fish_seen_subcommand_from install" -l dir -d 'Folder of skills, in place of those of the clients that are here' -r -f -a "(__fish_complete_directories)"
complete -c why429 -n "__fish_why429_using_subcommand skills; and __fish_seen_subcommand_from install" -l force -d 'Overwrite a skill of this name that has another text'
complete -c why429 -n "__fish_why429_using_subcommand skills; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help'
complete -c why429 -n "__fish_why429_using_subcommand skills; and __fish_seen_subcommand_from help" -f -a "install" -d 'Write the agent skill where Claude Code, Codex and Kimi look for skills'
complete -c why429 -n "__fish_why429_using_subcommand skills; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c why429 -n "__fish_why429_using_subcommand completions" -s h -l help -d 'Print help'
complete -c why429 -n "__fish_why429_using_subcommand man" -s h -l help -d 'Print help'
complete -c why429 -n "__fish_why429_using_subcommand help; and not __fish_seen_subcommand_from analyze check explain formats next timeline diff hook skills completions man help" -f -a "analyze" -d 'Analyse files and folders; the same as giving paths alone'
complete -c why429 -n "__fish_why429_using_subcommand help; and not __fish_seen_subcommand_from analyze check explain formats next timeline diff hook skills completions man help" -f -a "check" -d 'Analyse every fixture folder below DIR and compare with its expected.json'
complete -c why429 -n "__fish_why429_using_subcommand help; and not __fish_seen_subcommand_from analyze check explain formats next timeline diff hook skills completions man help" -f -a "explain" -d 'Tell what a cause means, or what an error text says and what it does not'
complete -c why429 -n "__fish_why429_using_subcommand help; and not __fish_seen_subcommand_from analyze check explain formats next timeline diff hook skills completions man help" -f -a "formats" -d 'List every log format it reads, and where those files live'
complete -c why429 -n "__fish_why429_using_subcommand help; and not __fish_seen_subcommand_from analyze check explain formats next timeline diff hook skills completions man help" -f -a "next" -d 'Tell when work can go on: one line per pool; exit 6 when one is blocked'
complete -c why429 -n "__fish_why429_using_subcommand help; and not __fish_seen_subcommand_from analyze check explain formats next timeline diff hook skills completions man help" -f -a "timeline" -d 'Write the normalised attempts as a table'
complete -c why429 -n "__fish_why429_using_subcommand help; and not __fish_seen_subcommand_from analyze check explain formats next timeline diff hook skills completions man help" -f -a "diff" -d 'Tell what changed between two JSON reports; exit 4 when a verdict did'
complete -c why429 -n "__fish_why429_using_subcommand help; and not __fish_seen_subcommand_from analyze check explain formats next timeline diff hook skills completions man help" -f -a "hook" -d 'Append what a client\'s hook or status line is given to the ledger that --home reads'
complete -c why429 -n "__fish_why429_using_subcommand help; and not __fish_seen_subcommand_from analyze check explain formats next timeline diff hook skills completions man help" -f -a "skills" -d 'Teach the agents of this machine to use why429'
complete -c why429 -n "__fish_why429_using_subcommand help; and not __fish_seen_subcommand_from analyze check explain formats next timeline diff hook skills completions man help" -f -a "completions" -d 'Print the completion script of a shell'
complete -c why429 -n "__fish_why429_using_subcommand help; and not __fish_seen_subcommand_from analyze check explain formats next timeline diff hook skills completions man help" -f -a "man" -d 'Print the manual page, in roff'
complete -c why429 -n "__fish_why429_using_subcommand help; and not __fish_seen_subcommand_from analyze check explain formats next timeline diff hook skills completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c why429 -n "__fish_why429_using_subcommand help; and __fish_seen_subcommand_from skills" -f -a "install" -d 'Write the agent skill where Claude Code, Codex and Kimi look for skills'
