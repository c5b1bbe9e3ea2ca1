"""Deploys, syncs and asks about many artifacts through one process: ``python3 -m unittest`` in this folder.

``GIT_LINEAGE_ARTIFACTS=1000`` sets their number, 12 without it. ``git lineage`` must be in the search path.
"""

import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from git_lineage import Lineage, LineageError

COUNT = int(os.environ.get("GIT_LINEAGE_ARTIFACTS", "12"))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.project = self.root / "project"
        self.project.mkdir()
        for args in (
            ["init", "--quiet", "--initial-branch=main"],
            ["config", "user.name", "Ada"],
            ["config", "user.email", "ada@example.org"],
            ["config", "gc.auto", "0"],
            ["commit", "--quiet", "--allow-empty", "-m", "Begin"],
        ):
            self.git(*args)
        self.notes = []
        self.lineage = Lineage(str(self.project), on_note=self.notes.append)
        self.addCleanup(self.lineage.close)

    def git(self, *args: str) -> str:
        return subprocess.run(["git", *args], cwd=self.project, check=True, capture_output=True, text=True).stdout

    def upstream(self, name: str, text: str) -> None:
        write(self.root / "skills" / name / "SKILL.md", text)

    def here(self, name: str) -> Path:
        return self.project / ".claude/skills" / name / "SKILL.md"


class ManyArtifacts(Case):
    def setUp(self):
        super().setUp()
        self.names = [f"s{number:04}" for number in range(COUNT)]
        for name in self.names:
            self.upstream(name, f"# {name}\n\nText.\n\nMore.\n")

    def test_their_whole_life(self):
        begun = time.monotonic()
        deployed = self.lineage.deploy("../skills", ".claude/skills", each="*")
        self.assertEqual([one["artifact_id"] for one in deployed], [f"skill/{name}" for name in self.names])
        self.assertTrue(all(one["recorded"] and one["change_origin"] == "deployment" for one in deployed))
        self.git("commit", "--quiet", "-m", "Deploy")
        self.assertEqual({one["state"] for one in self.lineage.status()}, {"clean"})

        # A third moves upstream, a third is edited here, and one of them both, in different places.
        for number, name in enumerate(self.names):
            if number % 3 == 1:
                self.upstream(name, f"# {name}, newer\n\nText.\n\nMore.\n")
            if number % 3 == 2 or number == 1:
                text = self.here(name).read_text()
                self.here(name).write_text(text.replace("More.", "Ours."))
        results = {one["artifact_id"]: one for one in self.lineage.sync(dry_run=True)}
        self.assertEqual(results["skill/s0001"]["version_id"], None, "nothing was written")
        results = {one["artifact_id"]: one["result"] for one in self.lineage.sync()}
        for number, name in enumerate(self.names):
            expected = "merged" if number == 1 else "fast_forward" if number % 3 == 1 else "up_to_date"
            self.assertEqual(results[f"skill/{name}"], expected)
        self.assertEqual(self.here("s0001").read_text(), "# s0001, newer\n\nText.\n\nOurs.\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", "Sync")
        # As the hooks do: what was edited here is recorded with the commit's author and date.
        self.lineage.record()

        # Three questions about each, none awaited before the next is asked.
        newest = {one["artifact_id"]: one for one in self.lineage.list()}
        asked = []
        for artifact, version in newest.items():
            asked.append((artifact, "log", self.lineage.submit("log", artifact)))
            asked.append((artifact, "show", self.lineage.submit("show", version=version["version_id"])))
            asked.append((artifact, "find", self.lineage.submit("find", what=version["content_hash"])))
        answers = {(artifact, what): pending.result() for artifact, what, pending in asked}
        trees = self.git("ls-tree", "HEAD:.claude/skills").splitlines()
        trees = {name: entry.split()[2] for entry, name in (line.split("\t") for line in trees)}
        for number, name in enumerate(self.names):
            artifact = f"skill/{name}"
            self.assertEqual(newest[artifact]["content_hash"], trees[name])
            versions = 4 if number == 1 else 2 if number % 3 else 1
            self.assertEqual(len(answers[artifact, "log"]), versions)
            [shown] = answers[artifact, "show"]
            self.assertEqual([file["path"] for file in shown["files"]], ["SKILL.md"])
            [found] = answers[artifact, "find"]
            self.assertEqual(found["version_id"], shown["version_id"])
        self.assertEqual(self.lineage.verify(), [])
        self.assertEqual(self.notes, [])
        print(f"{COUNT} artifacts in {time.monotonic() - begun:.1f} s")


class OneArtifact(Case):
    def setUp(self):
        super().setUp()
        self.upstream("pdf", "# PDF\n")
        self.lineage.deploy("../skills/pdf", ".claude/skills/pdf")

    def test_errors_say_what_to_do(self):
        with self.assertRaises(LineageError) as caught:
            self.lineage.show("skill/pdff")
        self.assertEqual((caught.exception.rpc_code, caught.exception.code), (-32000, "unknown_version"))
        self.assertIn("did you mean 'skill/pdf'?", caught.exception.hints)
        with self.assertRaises(LineageError) as caught:
            self.lineage.status(no_such_option=True)
        self.assertEqual((caught.exception.rpc_code, caught.exception.code), (-32602, "usage"))
        with self.assertRaises(LineageError) as caught:
            self.lineage.no_such_command()
        self.assertEqual(caught.exception.rpc_code, -32601)
        self.assertEqual(len(self.lineage.list()), 1, "it lives")

    def test_a_conflict_is_resolved(self):
        self.upstream("pdf", "# Theirs\n")
        self.here("pdf").write_text("# Ours\n")
        [conflict] = self.lineage.sync("skill/pdf")
        self.assertEqual((conflict["result"], conflict["conflicts"]), ("conflict", ["SKILL.md"]))
        self.here("pdf").write_text("# Both\n")
        self.git("add", "--all")
        [resolved] = self.lineage.call("sync", **{"continue": True})
        self.assertEqual(resolved["result"], "merged")
        [line] = self.lineage.blame("skill/pdf", "SKILL.md")
        self.assertTrue(line["resolution"])
        [base] = self.lineage.merge_base("skill/pdf", "skill/pdf~1")
        self.assertEqual(base["version_id"], self.lineage.show("skill/pdf~1")["version_id"])
        self.assertEqual(self.lineage.index_status()[0]["state"], "current")

    def test_options_that_are_words_of_python(self):
        [deployed] = self.lineage.deploy("../skills", "other", from_="pdf", kind="skill")
        self.assertEqual(deployed["artifact_id"], "skill/other")

    def test_requests_that_are_given_up(self):
        slow = "touch begun; while ! [ -e go ]; do sleep 0.02; done; cat"
        self.git("config", "filter.slow.clean", slow)
        write(self.project / ".gitattributes", "slow.md filter=slow\n")
        write(self.here("pdf").with_name("slow.md"), "Slow\n")
        first = self.lineage.submit("record", ids=["skill/pdf"])
        while not (self.project / "begun").exists():
            time.sleep(0.01)
        second = self.lineage.submit("record", ids=["skill/pdf"], message="Never")
        self.assertEqual(len(self.lineage.log("skill/pdf")), 1, "a question does not wait")
        first.cancel()
        second.cancel()
        self.assertTrue(second.was_cancelled)
        write(self.project / "go", "")
        self.assertTrue(first.result()[0]["recorded"], "what has begun goes on")
        self.assertFalse(first.cancel())

    def test_notes_come_beside_answers(self):
        for file in (self.project / ".git/lineage").glob("index.sqlite*"):
            file.unlink()
        self.assertEqual(len(self.lineage.list()), 1)
        self.assertEqual(len(self.notes), 1)
        self.assertIn("sidecar", self.notes[0])

    def test_a_process_that_ends_answers_before_and_refuses_afterwards(self):
        pending = [self.lineage.submit("status") for _ in range(20)]
        self.assertEqual(self.lineage.close(), 0)
        self.assertTrue(all(one.result() for one in pending))
        with self.assertRaises(ConnectionError):
            self.lineage.list()

    def test_a_process_that_is_killed_leaves_nobody_waiting(self):
        # Without git between, which would be what is killed.
        with Lineage(str(self.project), program=["git-lineage"]) as lineage:
            self.assertEqual(len(lineage.list()), 1)
            lineage._process.kill()
            with self.assertRaises(ConnectionError):
                lineage.submit("status").result(timeout=60)


if __name__ == "__main__":
    unittest.main()
