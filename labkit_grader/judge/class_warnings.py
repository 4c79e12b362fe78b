"""Warnings to whoever typed ``labkit grade``: the wrong folder, rows that are gone, marks for nobody."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from labkit_workbook.questions import exercises

from ..intake.layouts import stem
from ..intake.submissions import Found
from ..record.overrides import EVERYBODY, NEEDED, OPTIONAL, OVERRIDES, read_overrides, unread_columns
from ..record.policy import Policy
from ..record.policy_tables import EXTENSIONS, GROUPS, HANDED_IN, read_policy
from .outputs import FILE, gradebook_in, roll_before


def students_of(out: Path) -> list[str]:
    """Who had a row in the results that lie in ``out``; nobody where there are none."""
    return list(roll_before(out).students)


def warnings_in(found: Found, folder: Path, out: Path, before: Sequence[str], listed: bool) -> list[str]:
    """The warnings on what came in, a line each.

    Args:
        found: what lay in the folder.
        folder: of the submissions.
        out: the folder of results.
        before: who had a row in it before this run.
        listed: whether a list of the class was given.
    """
    now = set(found.students)
    gone = [student for student in before if student not in now]
    lines = [] if listed else [*_class_as_a_student(found, folder), *_student_as_a_class(found, folder)]
    if found.unplaced and not found.placed:
        lines.append(_nothing_placed(found, folder, listed))
    if not found.placed and not found.unplaced:
        lines.append(f"{folder} holds no submission. Is it the folder with the students' folders?")
    if gone:
        lines.append(
            f"{len(gone)} students of an earlier run are not in {folder} and have no row now "
            f"({shortened(gone)}). Their records are kept: grade the whole folder, or name the class with --students."
        )
    lines += [*_warn_of_late_work(found, out), *_warn_of_gone_files(folder, out)]
    return [*lines, *_warn_of_tables(out, now | set(gone))]


def _warn_of_tables(out: Path, known: Collection[str]) -> Iterator[str]:
    """Lines of the teacher's tables that are for nobody, and columns that are not read: they would do nothing."""
    policy = read_policy(out)  # without what the files say
    for name, what, students in (
        (OVERRIDES, "points", {student for student, _, _ in read_overrides(out)} - {EVERYBODY}),
        (EXTENSIONS, "an extension", {student for student, _ in policy.extensions}),
        (GROUPS, "a group", set(policy.groups)),
        (HANDED_IN, "a time", {student for student, _ in policy.arrivals}),
    ):
        nobody = sorted(students - set(known))
        if nobody:
            yield f"{name} has {what} for ids that are not in the class ({shortened(nobody)})."
    unread = unread_columns(out)
    if unread:
        columns = ", ".join((*NEEDED, *OPTIONAL))
        yield f"{OVERRIDES} has columns that are not read ({shortened(unread)}); read are {columns}."


def _warn_of_gone_files(folder: Path, out: Path) -> Iterator[str]:
    """Records without their files: as it should be where a part of the class was graded, else worth a warning."""
    gone = roll_before(out).without_file
    records = gradebook_in(out).records if gone else {}
    lost = [at for at in gone if records[at].status == "regrade"]
    if lost:
        names = shortened([f"{student}, {exercise}" for student, exercise in lost])
        yield (
            f"{names}: not graded yet through a fault of the grader, and the file is not in {folder} any more. Put it "
            "back and type the same line again."
        )
    gone = [at for at in gone if at not in lost]
    if gone:
        one = len(gone) == 1
        names = shortened([f"{student}, {exercise}" for student, exercise in gone])
        yield (
            f"{len(gone)} {'record has no file' if one else 'records have no file'} in {folder} any more ({names}); "
            f"{'its' if one else 'their'} points stand as they were. If you graded a part of the class, all is well. "
            f"If work was taken back, delete its lines in {out / 'results.jsonl'} and type the same line again."
        )


def _warn_of_late_work(found: Found, out: Path) -> Iterator[str]:
    """How many are late, by which times; where all of them are, the files were perhaps copied."""
    policy = gradebook_in(out).policy if (out / FILE).exists() else Policy()
    late = [each for each in found.placed if policy.lateness(each.student, each.exercise).days]
    timed = [each for each in late if policy.arrivals[each.student, each.exercise].at]
    if not late:
        return
    by = "the times of the files, or handed_in.csv" if timed else "what the platform says"
    yield f"{len(late)} of {len(found.placed)} came late, by {by}; grades.csv says which."
    if len(timed) == len(found.placed) and len(timed) > 1:
        yield (
            "All of them came late. Were the files copied after they were handed in? Then their times are those of "
            f"copying: write the true ones into {out / HANDED_IN} (student, exercise, at), or grade without a date."
        )


def _nothing_placed(found: Found, folder: Path, listed: bool) -> str:
    """A list of another class, or the wrong folder: all would have 0, and no table should be uploaded."""
    why = "Is --students the list of this class, with the ids or numbers that stand in the names of the files? "
    return (
        f"NOTHING WAS GRADED: none of what lies in {folder} could be placed ({len(found.unplaced)} in all); each is "
        f"named above with the reason. {why if listed else ''}Upload none of these tables."
    )


def _class_as_a_student(found: Found, folder: Path) -> Iterator[str]:
    """One folder, and in folders inside it several answers to one exercise: it may hold the class."""
    if len(found.students) != 1 or found.layout != "plain":
        return
    for placed in found.placed:
        left = [each.name for each in found.unplaced if each.why == f"{placed.name} was taken for {placed.exercise}"]
        places = {tuple(name.split("/")[:-1]) for name in (placed.name, *left)}
        if len(places) > 1 and all(len(place) > 1 for place in places):
            top = placed.name.partition("/")[0]
            yield (
                f"{folder} holds one folder, {top}, which was graded as one student's; in it lie "
                f"{1 + len(left)} notebooks for {placed.exercise}, in folders of their own. If it holds the class, "
                f"type {folder / top} in the place of {folder}, or name the class with --students."
            )
            return


def _student_as_a_class(found: Found, folder: Path) -> Iterator[str]:
    """Notebooks under the names that the course gave them: no student's name is in them."""
    own = {exercise.number: f"{exercise.number}_{exercise.name}" for exercise in exercises() if exercise.number}
    names = [each.name for each in found.placed if stem(each.name.rpartition("/")[2]) == own.get(each.student)]
    if names and found.layout == "flat":
        yield (
            f"{shortened(names)}: named as the course names them, so nobody can tell whose they are, and each was "
            f"graded as a student's of its own. If they are one student's, put them into {folder}/STUDENT/."
        )


def shortened(names: Sequence[str], most: int = 5) -> str:
    """The first few names, for a line that a person reads."""
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")
