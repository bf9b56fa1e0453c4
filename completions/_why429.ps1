
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'why429' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'why429'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'why429' {
            [CompletionResult]::new('--tz', '--tz', [CompletionResultType]::ParameterName, 'Zone of the times that are shown and typed: UTC, +08:00, Europe/Vienna; it changes nothing else [default: UTC]')
            [CompletionResult]::new('--log-tz', '--log-tz', [CompletionResultType]::ParameterName, 'Zone of stamps that carry none, where no other lines of their client prove it [default: this machine''s with --home, else UTC]')
            [CompletionResult]::new('--log-date', '--log-date', [CompletionResultType]::ParameterName, 'Day of lines that have only a time of day, and year of lines whose date has none: YYYY-MM-DD')
            [CompletionResult]::new('--map', '--map', [CompletionResultType]::ParameterName, 'Read a team''s own JSON or CSV: FIELD=KEY[,FIELD=KEY], such as start=ts,status=code (docs/FORMATS.md has the fields)')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Provider of attempts whose log names none')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Account of attempts whose log names none')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Threads for reading; 0 is one per core. The result does not depend on it [default: 0]')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts that are kept in memory at most; what is beyond is a problem, and the exit code is 1 [default: 20000000]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the configuration from FILE; else from WHY429_CONFIG, ./why429.toml, or the user''s own (docs/config.md)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the report is written [default: by the ending of --output, else terminal]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the report to a file; .html, .md, .json, .jsonl or .txt chooses the format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the report to a file; .html, .md, .json, .jsonl or .txt chooses the format')
            [CompletionResult]::new('--ticket', '--ticket', [CompletionResultType]::ParameterName, 'Also write a pack for the provider''s support into the new folder DIR: report, picture, attempts, questions')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Report only episodes that end at or after TIME: RFC 3339, `YYYY-MM-DD[ HH:MM[:SS]]` or `yesterday 14:00` in --tz, or back from now (`2h`, `3d`)')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Report only the last so much: the same as --since with a length back from now, such as 90min, 2h, 3d')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Report only episodes that begin at or before TIME; a day alone counts to its end')
            [CompletionResult]::new('--episode', '--episode', [CompletionResultType]::ParameterName, 'Report only this episode, such as E2')
            [CompletionResult]::new('--pool', '--pool', [CompletionResultType]::ParameterName, 'Report only episodes of this pool: its id, or the beginning of it (`kimi-code`, `kimi-code/acct0`)')
            [CompletionResult]::new('--now', '--now', [CompletionResultType]::ParameterName, 'Take TIME for now: relative times count from it, and what the logs hold after it is not used, so that any moment of an outage can be replayed')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'Exit with 5 when an episode has one of these causes with at least --min-probability')
            [CompletionResult]::new('--min-probability', '--min-probability', [CompletionResultType]::ParameterName, 'Least probability for --fail-on [default: 0.6]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Less: no progress bar, and of the report only the verdict')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Less: no progress bar, and of the report only the verdict')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'Read this user''s known agent folders, beside any paths; the last 7 days, unless --since or --last says otherwise. The same as no path at all on a terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --format json')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace a pack that stands in DIR')
            [CompletionResult]::new('--no-redact', '--no-redact', [CompletionResultType]::ParameterName, 'Mask nothing: keys, names and error texts stay as the logs have them')
            [CompletionResult]::new('--hash', '--hash', [CompletionResultType]::ParameterName, 'Put the SHA-256 of every input into the report')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: every episode in full, all agents, all evidence')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: every episode in full, all agents, all evidence')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Write a report that is longer than the terminal without a pager; PAGER names another one')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('analyze', 'analyze', [CompletionResultType]::ParameterValue, 'Analyse files and folders; the same as giving paths alone')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Analyse every fixture folder below DIR and compare with its expected.json')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Tell what a cause means, or what an error text says and what it does not')
            [CompletionResult]::new('formats', 'formats', [CompletionResultType]::ParameterValue, 'List every log format it reads, and where those files live')
            [CompletionResult]::new('next', 'next', [CompletionResultType]::ParameterValue, 'Tell when work can go on: one line per pool; exit 6 when one is blocked')
            [CompletionResult]::new('timeline', 'timeline', [CompletionResultType]::ParameterValue, 'Write the normalised attempts as a table')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Tell what changed between two JSON reports; exit 4 when a verdict did')
            [CompletionResult]::new('hook', 'hook', [CompletionResultType]::ParameterValue, 'Append what a client''s hook or status line is given to the ledger that --home reads')
            [CompletionResult]::new('skills', 'skills', [CompletionResultType]::ParameterValue, 'Teach the agents of this machine to use why429')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page, in roff')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'why429;analyze' {
            [CompletionResult]::new('--tz', '--tz', [CompletionResultType]::ParameterName, 'Zone of the times that are shown and typed: UTC, +08:00, Europe/Vienna; it changes nothing else [default: UTC]')
            [CompletionResult]::new('--log-tz', '--log-tz', [CompletionResultType]::ParameterName, 'Zone of stamps that carry none, where no other lines of their client prove it [default: this machine''s with --home, else UTC]')
            [CompletionResult]::new('--log-date', '--log-date', [CompletionResultType]::ParameterName, 'Day of lines that have only a time of day, and year of lines whose date has none: YYYY-MM-DD')
            [CompletionResult]::new('--map', '--map', [CompletionResultType]::ParameterName, 'Read a team''s own JSON or CSV: FIELD=KEY[,FIELD=KEY], such as start=ts,status=code (docs/FORMATS.md has the fields)')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Provider of attempts whose log names none')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Account of attempts whose log names none')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Threads for reading; 0 is one per core. The result does not depend on it [default: 0]')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts that are kept in memory at most; what is beyond is a problem, and the exit code is 1 [default: 20000000]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the configuration from FILE; else from WHY429_CONFIG, ./why429.toml, or the user''s own (docs/config.md)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the report is written [default: by the ending of --output, else terminal]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the report to a file; .html, .md, .json, .jsonl or .txt chooses the format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the report to a file; .html, .md, .json, .jsonl or .txt chooses the format')
            [CompletionResult]::new('--ticket', '--ticket', [CompletionResultType]::ParameterName, 'Also write a pack for the provider''s support into the new folder DIR: report, picture, attempts, questions')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Report only episodes that end at or after TIME: RFC 3339, `YYYY-MM-DD[ HH:MM[:SS]]` or `yesterday 14:00` in --tz, or back from now (`2h`, `3d`)')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Report only the last so much: the same as --since with a length back from now, such as 90min, 2h, 3d')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Report only episodes that begin at or before TIME; a day alone counts to its end')
            [CompletionResult]::new('--episode', '--episode', [CompletionResultType]::ParameterName, 'Report only this episode, such as E2')
            [CompletionResult]::new('--pool', '--pool', [CompletionResultType]::ParameterName, 'Report only episodes of this pool: its id, or the beginning of it (`kimi-code`, `kimi-code/acct0`)')
            [CompletionResult]::new('--now', '--now', [CompletionResultType]::ParameterName, 'Take TIME for now: relative times count from it, and what the logs hold after it is not used, so that any moment of an outage can be replayed')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'Exit with 5 when an episode has one of these causes with at least --min-probability')
            [CompletionResult]::new('--min-probability', '--min-probability', [CompletionResultType]::ParameterName, 'Least probability for --fail-on [default: 0.6]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Less: no progress bar, and of the report only the verdict')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Less: no progress bar, and of the report only the verdict')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'Read this user''s known agent folders, beside any paths; the last 7 days, unless --since or --last says otherwise. The same as no path at all on a terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --format json')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace a pack that stands in DIR')
            [CompletionResult]::new('--no-redact', '--no-redact', [CompletionResultType]::ParameterName, 'Mask nothing: keys, names and error texts stay as the logs have them')
            [CompletionResult]::new('--hash', '--hash', [CompletionResultType]::ParameterName, 'Put the SHA-256 of every input into the report')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: every episode in full, all agents, all evidence')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: every episode in full, all agents, all evidence')
            [CompletionResult]::new('--no-pager', '--no-pager', [CompletionResultType]::ParameterName, 'Write a report that is longer than the terminal without a pager; PAGER names another one')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'why429;check' {
            [CompletionResult]::new('--junit', '--junit', [CompletionResultType]::ParameterName, 'Write a JUnit report')
            [CompletionResult]::new('--html', '--html', [CompletionResultType]::ParameterName, 'Write each case''s HTML report into the folder OUT')
            [CompletionResult]::new('--annotations', '--annotations', [CompletionResultType]::ParameterName, 'Mark each difference in a code review, on standard error')
            [CompletionResult]::new('--update', '--update', [CompletionResultType]::ParameterName, 'Rewrite every expected.json that differs; bounds that still hold are kept')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Less: only cases that differ or could not be judged')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Less: only cases that differ or could not be judged')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'More: the reasons behind each difference')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'More: the reasons behind each difference')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'why429;explain' {
            [CompletionResult]::new('--message', '--message', [CompletionResultType]::ParameterName, 'An error text, whatever its first word is')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'why429;formats' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'why429;next' {
            [CompletionResult]::new('--tz', '--tz', [CompletionResultType]::ParameterName, 'Zone of the times that are shown and typed: UTC, +08:00, Europe/Vienna; it changes nothing else [default: UTC]')
            [CompletionResult]::new('--log-tz', '--log-tz', [CompletionResultType]::ParameterName, 'Zone of stamps that carry none, where no other lines of their client prove it [default: this machine''s with --home, else UTC]')
            [CompletionResult]::new('--log-date', '--log-date', [CompletionResultType]::ParameterName, 'Day of lines that have only a time of day, and year of lines whose date has none: YYYY-MM-DD')
            [CompletionResult]::new('--map', '--map', [CompletionResultType]::ParameterName, 'Read a team''s own JSON or CSV: FIELD=KEY[,FIELD=KEY], such as start=ts,status=code (docs/FORMATS.md has the fields)')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Provider of attempts whose log names none')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Account of attempts whose log names none')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Threads for reading; 0 is one per core. The result does not depend on it [default: 0]')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts that are kept in memory at most; what is beyond is a problem, and the exit code is 1 [default: 20000000]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the configuration from FILE; else from WHY429_CONFIG, ./why429.toml, or the user''s own (docs/config.md)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the answer is written [default: terminal]')
            [CompletionResult]::new('--pool', '--pool', [CompletionResultType]::ParameterName, 'Only this pool: its id, or the provider or provider/account that it begins with; may be given again')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Leave out pools that no log names since TIME (as for analyze); with --home the last 7 days unless given')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'The same as --since with a length back from now, such as 2h or 3d')
            [CompletionResult]::new('--now', '--now', [CompletionResultType]::ParameterName, 'Take TIME for now: what the logs hold after it is not used')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Less: no progress bar, and of the report only the verdict')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Less: no progress bar, and of the report only the verdict')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'Read this user''s known agent folders, beside any paths; the same as no path at all on a terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --format json')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Sleep until no selected pool is blocked; the logs are read again meanwhile')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'why429;timeline' {
            [CompletionResult]::new('--tz', '--tz', [CompletionResultType]::ParameterName, 'Zone of the times that are shown and typed: UTC, +08:00, Europe/Vienna; it changes nothing else [default: UTC]')
            [CompletionResult]::new('--log-tz', '--log-tz', [CompletionResultType]::ParameterName, 'Zone of stamps that carry none, where no other lines of their client prove it [default: this machine''s with --home, else UTC]')
            [CompletionResult]::new('--log-date', '--log-date', [CompletionResultType]::ParameterName, 'Day of lines that have only a time of day, and year of lines whose date has none: YYYY-MM-DD')
            [CompletionResult]::new('--map', '--map', [CompletionResultType]::ParameterName, 'Read a team''s own JSON or CSV: FIELD=KEY[,FIELD=KEY], such as start=ts,status=code (docs/FORMATS.md has the fields)')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Provider of attempts whose log names none')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Account of attempts whose log names none')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Threads for reading; 0 is one per core. The result does not depend on it [default: 0]')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts that are kept in memory at most; what is beyond is a problem, and the exit code is 1 [default: 20000000]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the configuration from FILE; else from WHY429_CONFIG, ./why429.toml, or the user''s own (docs/config.md)')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The file; .parquet, .csv or .jsonl')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The file; .parquet, .csv or .jsonl')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Less: no progress bar, and of the report only the verdict')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Less: no progress bar, and of the report only the verdict')
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'Read this user''s known agent folders, beside any paths')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'why429;diff' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the differences are written')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Less: only whether a verdict changed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Less: only whether a verdict changed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'why429;hook' {
            [CompletionResult]::new('--client', '--client', [CompletionResultType]::ParameterName, 'The client whose hook this is, where its event does not tell, such as kimi-cli')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Provider of an event or body that names none')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Account of an event or body that names none')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say on standard error why nothing was written')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say on standard error why nothing was written')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'why429;skills' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('install', 'install', [CompletionResultType]::ParameterValue, 'Write the agent skill where Claude Code, Codex and Kimi look for skills')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'why429;skills;install' {
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Folder of skills, in place of those of the clients that are here')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Overwrite a skill of this name that has another text')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'why429;skills;help' {
            [CompletionResult]::new('install', 'install', [CompletionResultType]::ParameterValue, 'Write the agent skill where Claude Code, Codex and Kimi look for skills')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'why429;skills;help;install' {
            break
        }
        'why429;skills;help;help' {
            break
        }
        'why429;completions' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'why429;man' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'why429;help' {
            [CompletionResult]::new('analyze', 'analyze', [CompletionResultType]::ParameterValue, 'Analyse files and folders; the same as giving paths alone')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Analyse every fixture folder below DIR and compare with its expected.json')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Tell what a cause means, or what an error text says and what it does not')
            [CompletionResult]::new('formats', 'formats', [CompletionResultType]::ParameterValue, 'List every log format it reads, and where those files live')
            [CompletionResult]::new('next', 'next', [CompletionResultType]::ParameterValue, 'Tell when work can go on: one line per pool; exit 6 when one is blocked')
            [CompletionResult]::new('timeline', 'timeline', [CompletionResultType]::ParameterValue, 'Write the normalised attempts as a table')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Tell what changed between two JSON reports; exit 4 when a verdict did')
            [CompletionResult]::new('hook', 'hook', [CompletionResultType]::ParameterValue, 'Append what a client''s hook or status line is given to the ledger that --home reads')
            [CompletionResult]::new('skills', 'skills', [CompletionResultType]::ParameterValue, 'Teach the agents of this machine to use why429')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page, in roff')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'why429;help;analyze' {
            break
        }
        'why429;help;check' {
            break
        }
        'why429;help;explain' {
            break
        }
        'why429;help;formats' {
            break
        }
        'why429;help;next' {
            break
        }
        'why429;help;timeline' {
            break
        }
        'why429;help;diff' {
            break
        }
        'why429;help;hook' {
            break
        }
        'why429;help;skills' {
            [CompletionResult]::new('install', 'install', [CompletionResultType]::ParameterValue, 'Write the agent skill where Claude Code, Codex and Kimi look for skills')
            break
        }
        'why429;help;skills;install' {
            break
        }
        'why429;help;completions' {
            break
        }
        'why429;help;man' {
            break
        }
        'why429;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
