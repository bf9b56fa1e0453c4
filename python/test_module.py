"""The module against the command that is installed with it: `python python/test_module.py`, in the repository's root."""

import datetime
import tempfile
import unittest
from pathlib import Path

import why429

HOUR = "fixtures/thread-hour-snapshot"


class Module(unittest.TestCase):
    def test_a_report_has_classes_and_the_raw_document(self):
        report = why429.analyze(HOUR)
        (episode,) = report.episodes
        self.assertEqual((episode.verdict.cause, episode.verdict.window_minutes), ("token_window", 300))
        self.assertEqual(report.raw["episodes"][0]["id"], episode.id)
        self.assertEqual(episode.from_.tzinfo, datetime.timezone.utc)
        self.assertLess(episode.first_refusal, episode.last_refusal)
        self.assertIsInstance(episode.evidence[0].sources[0].line, int)
        self.assertFalse(report.matched)

    def test_options_are_those_of_the_command(self):
        since = datetime.datetime(2026, 3, 4, tzinfo=datetime.timezone.utc)
        self.assertEqual(why429.analyze([HOUR], since=since).episodes, [])
        self.assertTrue(why429.analyze(HOUR, fail_on=["token_window", "billing"]).matched)
        self.assertEqual(why429.analyze(HOUR, account="me").pools[0].account, "me")

    def test_errors_have_the_command_s_words(self):
        with self.assertRaises(why429.UsageError) as wrong:
            why429.analyze(HOUR, since="yesterdy")
        self.assertIn("--since", str(wrong.exception))
        with self.assertRaises(why429.UsageError):
            why429.analyze(HOUR, format="html")
        with self.assertRaises(why429.ReadError) as missing:
            why429.analyze([HOUR, "no/such/file"])
        self.assertIn("not found", str(missing.exception))
        self.assertEqual(len(missing.exception.report.episodes), 1)
        with self.assertRaises(why429.NothingRecognised):
            why429.analyze("README.md")

    def test_a_path_that_looks_like_an_option_is_a_path(self):
        with self.assertRaises(why429.ReadError):
            why429.analyze("--home")

    def test_markdown_is_what_may_be_shared(self):
        text = why429.analyze("fixtures/two-accounts").to_markdown()
        self.assertIn("account-1", text)

    def test_a_timeline_is_a_file_or_a_frame(self):
        table = why429.timeline(HOUR)
        try:
            import polars
        except ImportError:
            self.assertEqual(table.read_bytes()[:4], b"PAR1")
        else:
            self.assertIsInstance(table, polars.DataFrame)
        with tempfile.TemporaryDirectory() as folder:
            file = why429.timeline(HOUR, output=Path(folder) / "t.jsonl")
            self.assertEqual(why429.analyze(file).coverage.attempts, 195)

    @unittest.skipUnless("next" in why429._command.run(["--help"]).stdout.split(), "this version has no next")
    def test_next_says_when(self):
        answer = why429.next(HOUR, now="2026-03-03T16:45:00Z")
        self.assertTrue(answer.blocked)
        self.assertEqual(answer.pools[0].state, "blocked")
        self.assertEqual(answer.pools[0].resume_best.hour, 17)


if __name__ == "__main__":
    unittest.main()
