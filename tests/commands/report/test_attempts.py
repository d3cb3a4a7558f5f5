"""How often labels were tried, as the report counts it from a real ledger: by whichever model."""

from pathlib import Path

import msgspec

from merganser.evaluation.verdict import RunRef, Verdict
from merganser.registry.ledger import verdict_record
from tests.commands.register.test_lifted import append
from tests.commands.report.test_report import comments_of, ledger_of, read_ledger, shown
from tests.commands.stage import Life, Moment, on_a_copy


def test_what_a_model_of_another_name_tried_counts(moments: dict[str, Moment], tmp_path: Path) -> None:
    moment = moments["report"]
    with on_a_copy(moment, tmp_path) as hub:
        life = Life(hub, tmp_path, moment.access)
        [path] = (path for path in ledger_of(life) if path.startswith("verdicts/tiny/"))
        first = msgspec.convert(read_ledger(life, path), Verdict)
        fresh = msgspec.structs.replace(first, model="fresh", submission=2)
        others = msgspec.structs.replace(first, model="other", labels_digest="sha256:" + "0" * 64)
        records = [verdict_record(verdict, RunRef(id=900, attempt=1)) for verdict in (fresh, others)]
        append(hub, moment, *records)
        life.do("report", moment.event)
        assert "submission 3 against these labels" in shown(comments_of(life, 2)[0])
        [second] = ledger_of(life) - {path, *(record.path for record in records)} & {
            found for found in ledger_of(life) if found.startswith("verdicts/")
        }
        assert read_ledger(life, second)["submission"] == 3
