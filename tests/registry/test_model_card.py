"""The model card, read as Markdown and by Hugging Face's description of its head."""

from typing import Any

import jsonschema
import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from merganser.config import Column, ColumnType, ReleasePolicy, Signing, Task, Waiver
from merganser.errors import ConfigError
from merganser.evaluation.rollup import Skip
from merganser.evaluation.verdict import Mode, Status, Trust
from merganser.registry import card_template
from merganser.registry.card_template import render
from merganser.registry.front_matter import check_head
from merganser.registry.model_card import card_facts
from merganser.registry.overrides import Line, Override, Said
from merganser.registry.subject import Subject
from merganser.run import Artifact, Contract, DataPin, Environment
from tests.registry.samples import DIGEST, RULES, check, record, run, subject, verdict

NAMES = {"models/digits.joblib": "digits.joblib"}
HOSTILE = "@org/team ![](http://x) |`<img>\n---\n# h \u202e {{ 7 * 7 }}"
# From `modelcard.md` of Hugging Face's hub-docs: what it calls required, and of which kind.
HEAD = {
    "type": "object",
    "required": ["license", "pipeline_tag", "tags", "model-index"],
    "properties": {
        "license": {"type": "string"},
        "library_name": {"type": "string"},
        "pipeline_tag": {"enum": ["tabular-classification", "tabular-regression", "other"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "metrics": {"type": "array", "items": {"type": "string"}},
        "model-index": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "results"],
                "properties": {
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["task", "dataset", "metrics"],
                            "properties": {
                                "task": {"type": "object", "required": ["type"]},
                                "dataset": {"type": "object", "required": ["type", "name"]},
                                "metrics": {
                                    "type": "array",
                                    "minItems": 1,
                                    "items": {
                                        "type": "object",
                                        "required": ["type", "value"],
                                        "properties": {"type": {"type": "string"}, "value": {"type": "number"}},
                                    },
                                },
                            },
                        },
                    }
                },
            },
        },
    },
}


def card(of: Subject | None = None, signing: Signing = Signing.none) -> str:
    return render(card_facts(of or subject(), NAMES, signing))


def head(text: str) -> dict[str, Any]:
    """The card's head as any reader of front matter takes it, once it has Hugging Face's form."""
    before, between, _ = text.split("---\n", 2)
    found: dict[str, Any] = yaml.safe_load(between)
    assert before == ""
    jsonschema.validate(found, HEAD)
    check_head(text, "card")
    return found


def html(text: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(text.split("---\n", 2)[2]))


def cells(text: str, first: str) -> list[str]:
    """The cells of the table row that begins with the code span `first`."""
    (row,) = [line for line in text.splitlines() if line.startswith(f"| `{first}` |")]
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_the_head_is_hugging_face_s() -> None:
    where = Environment(python="3.11.7", platform="linux", packages={"scikit-learn": "1.9.1", "numpy": "2"})
    rules = msgspec.structs.replace(RULES, release=ReleasePolicy(license="apache-2.0"))
    of = subject(record=record(run(environment=where)), rules=rules, verdict=verdict(check(n=900)))
    assert head(card(of)) == {
        "license": "apache-2.0",
        "library_name": "sklearn",
        "pipeline_tag": "tabular-classification",
        "tags": ["merganser", "multiclass"],
        "metrics": ["accuracy", "loss"],
        "model-index": [
            {
                "name": "digits",
                "results": [
                    {
                        "task": {"type": "tabular-classification", "name": "multiclass"},
                        "dataset": {"type": "digits-evaluation", "name": "Evaluation data of digits, 900 rows"},
                        "metrics": [
                            {"type": "accuracy", "value": 0.97, "verified": False},
                            {"type": "loss", "value": 0.11, "verified": False},
                        ],
                    }
                ],
            }
        ],
    }


@pytest.mark.parametrize(
    ("path", "packages", "library"),
    [
        ("m/model.joblib", {"scikit-learn": "1"}, "sklearn"),
        ("m/model.json", {"scikit-learn": "1"}, None),
        ("m/model.joblib", {"numpy": "1"}, None),
        ("m/model.safetensors", {"torch": "2", "transformers": "4"}, "transformers"),
        ("m/model.PT", {"torch": "2", "scikit-learn": "1"}, "pytorch"),
    ],
)
def test_the_library_is_what_is_installed_and_fits_the_files(
    path: str, packages: dict[str, str], library: str | None
) -> None:
    where = Environment(python="3.11.7", platform="linux", packages=packages)
    made = run(environment=where, artifacts=(Artifact(path=path, sha256="0" * 64, size=1),))
    of = subject(record=record(made))
    assert head(render(card_facts(of, {path: "m"}, Signing.none))).get("library_name") == library


def test_a_head_without_library_license_or_metrics() -> None:
    rules = msgspec.structs.replace(RULES, task=Task.ranking)
    bare = verdict(check(candidate=None, baseline=0.9))
    found = head(card(subject(record=record(run(metrics={})), rules=rules, verdict=bare)))
    assert (found["license"], found["pipeline_tag"], found["metrics"]) == ("unknown", "other", [])
    assert found["model-index"] == [{"name": "digits", "results": []}]
    assert "library_name" not in found


def test_metrics_stand_with_their_intervals() -> None:
    checks = [
        check("accuracy", rule="min", id="accuracy:min"),
        check("accuracy", baseline=0.95, delta=0.02, low=0.01, high=0.03, confidence=0.95, n=1234, rule="non_inferior"),
        check("latency_p95_ms", candidate=12.0, low=11.0, high=13.0, rule="max"),
        check("psi", rule="drift", slice={"column": "age"}),
    ]
    text = card(subject(verdict=verdict(*checks)))
    assert cells(text, "accuracy") == ["`accuracy`", "0.97", "0.95", "+0.02 (+0.01 … +0.03)", "1,234"]
    assert cells(text, "latency_p95_ms") == ["`latency_p95_ms`", "12 (11 … 13)", "–", "–", "–"]
    assert cells(text, "loss") == ["`loss`", "0.11", "–", "–", "–"]
    assert "holds with 95 % confidence" in text
    assert "`psi`" not in text


def test_slices_fairness_and_limits() -> None:
    where = {"country": "de"}
    checks = [
        check("accuracy", Status.inconclusive, id="accuracy:not_worse@country=de", slice=where, candidate=0.9, n=80),
        check("accuracy", Status.skipped, id="a@x", slice={"country": "at"}, candidate=None, notes=(Skip.few_rows,)),
        check("selection_rate", rule="min_ratio", slice=where, candidate=0.9, low=0.81, high=1.05),
    ]
    text = card(subject(verdict=verdict(*checks)))
    assert "| `country` = `de`: `accuracy` | 0.9 | – | – | 80 |" in text
    assert "| `country` = `de` | `selection_rate` | 0.9 (0.81 … 1.05) | pass |" in text
    shown = html(text)
    for said in (
        "Not proven either way: accuracy:&#8203;not_worse@",
        "Not judged for want of rows: a@",
        "no earlier model",
    ):
        assert said.split("&#8203;")[0] in shown
    assert "No groups of people" not in text


def test_what_an_enforced_sealed_gate_proves_is_no_limit() -> None:
    sealed = verdict(
        check(baseline=0.9), check("r", rule="min_ratio"), trust=Trust.sealed, mode=Mode.enforcing
    )  # fmt: skip
    text = card(subject(verdict=sealed))
    assert "None that the evidence shows." in text
    assert "by labels that its training never saw" in text


def test_many_open_checks_are_counted() -> None:
    checks = [check("m", Status.inconclusive, id=f"m{n}", baseline=1.0) for n in range(9)]
    assert "and 4 more." in card(subject(verdict=verdict(*checks)))


def test_who_let_what_pass() -> None:
    waiver = Waiver(check="auc:min", reason="known *bad*", by="ada", until="2026-12-31")
    given = Override(
        model="digits", inputs_digest=DIGEST, policy_digest=DIGEST, check="f1:min", observed=0.5, floor=None,
        reason="agreed", by="grace", head="c3" * 20, comment="https://github.com/x", until=None,
    )  # fmt: skip
    said = Said(path="overrides/digits/5-1.json", at=Line(comment=5, number=1), what=given)
    of = subject(verdict=verdict(check("auc", Status.waived, waiver=waiver)), overrides=(said,))
    text = card(of)
    assert "- `auc:min`: let pass by `ada` until 2026-12-31: known &#42;bad&#42;" in text
    shown = "while no worse than 0.5: agreed ([said here](https://github.com/x))"
    assert f"- `f1:min`: let pass by `grace` for good, {shown}\n" in text
    assert "None: every check" not in text


def test_contract_data_and_lineage() -> None:
    contract = Contract(
        inputs=(Column(name="age", type=ColumnType.float),),
        outputs=(Column(name="p", type=ColumnType.float, classes=("no", "yes")),),
    )
    text = card(subject(record=record(run(contract=contract))))
    assert "| column | type |\n| --- | --- |\n| `age` | float |\n\n" in text
    assert "| column | type | classes |\n| --- | --- | --- |\n" in text
    assert "| `p` | float | `no`, `yes` |" in text
    assert "| `data/train.csv` | dvc | `md5:0123` |" in text
    assert "| inputs | `sha256:a1a1" in text
    assert "| parameter `train.C` | `0.3` |" in text
    nothing = card(subject(record=record(run(params={"seed": None, "fit": True}, contract=None, data=()))))
    assert "| parameter `fit` | `true` |\n| parameter `seed` | `null` |\n" in nothing
    assert "\n\n\n" not in text + nothing
    assert "columns that it reads and writes are not recorded" in nothing
    assert "No data outside git" in card(subject(record=record(run(data=()))))


@pytest.mark.parametrize(
    ("signing", "said"),
    [(Signing.none, None), (Signing.key, "verify key"), (Signing.keyless, "verify sigstore")],
)
def test_how_to_check_the_files(signing: Signing, said: str | None) -> None:
    text = card(signing=signing)
    assert "gh release download 'digits@v0.1.0' --repo acme/digits --dir model\n" in text
    assert "sha256sum --check SHA256SUMS" in text
    assert (said in text) if said else "model_signing" not in text


def hostile() -> Subject:
    bad = run(
        metrics={HOSTILE: 1.0},
        params={HOSTILE: HOSTILE},
        data=(DataPin(name=HOSTILE, system=HOSTILE, digest=HOSTILE),),
        environment=Environment(python=HOSTILE, platform=HOSTILE, packages={HOSTILE: HOSTILE}),
        contract=Contract(inputs=(Column(name=HOSTILE, type=ColumnType.text, classes=(HOSTILE,)),)),
    )
    checks = [
        check(HOSTILE, Status.inconclusive, id=HOSTILE, slice={HOSTILE: HOSTILE}, why=HOSTILE),
        check(HOSTILE, rule="min_ratio", slice={HOSTILE: HOSTILE}),
        check(HOSTILE, Status.waived, waiver=Waiver(check=HOSTILE, reason=HOSTILE, by=HOSTILE, until=HOSTILE)),
    ]
    return subject(record=msgspec.structs.replace(record(), run=bad), verdict=verdict(*checks))


def test_hostile_text_stays_text() -> None:
    text = card(hostile())
    found = html(text)
    assert ("<img" in found, "<h1>h" in found) == (False, False)
    assert "7 * 7" in found
    assert "\u202e" not in text
    assert found.count("<a ") == html(card()).count("<a ")
    assert [line for line in text.splitlines() if line == "---"] == ["---", "---"]
    head(text)


TEXT = st.text(st.characters(codec="utf-8"), max_size=12)


@given(TEXT, TEXT)
@settings(max_examples=20)
def test_no_metric_s_name_breaks_the_head(name: str, value: str) -> None:
    of = subject(record=msgspec.structs.replace(record(), run=run(metrics={name: 0.5}, params={name: value})))
    found = head(card(of))
    assert len(found["metrics"]) == 2


def test_long_tables_are_cut() -> None:
    many = run(metrics={f"m{n}": float(n) for n in range(5_000)}, params={f"p{n}": n for n in range(5_000)})
    text = card(subject(record=msgspec.structs.replace(record(), run=many)))
    assert len(text) < 60_000
    assert "… 4,801 more in `run.json`" in text


def own(template: str) -> str:
    return render(card_facts(subject(), NAMES, Signing.none), template)


def test_a_repository_s_own_template_wins_and_may_fill_blocks_of_ours() -> None:
    assert own("# {{ model }} {{ version | word }}\n{{ scores[0].metric }}: {{ scores[0].value }}\n") == (
        "# digits 0.1.0\naccuracy: 0.97\n"
    )
    filled = own("{% extends 'model-card.md.j2' %}{% block intended_use %}For *sorting mail*.\n{% endblock %}")
    assert "For *sorting mail*.\n" in filled
    parts, ours = filled.split("\n## "), card().split("\n## ")
    assert [mine == theirs for mine, theirs in zip(parts, ours, strict=True)] == [
        True,
        False,
        *[True] * (len(ours) - 2),
    ]
    head(filled)
    assert head(own("---\n{{ dict(metadata, license='mit') | yaml }}---\n"))["license"] == "mit"


MACROS = "{% macro m(said) %}{{ said }}{% endmacro %}{% macro c(said) %}{{ said }}{{ caller() }}{% endmacro %}"


@pytest.mark.parametrize(
    "written",
    [
        "{{ x }}", "{{ x | e }}", "{{ x | escape }}", "{{ x | forceescape }}", "{{ x | upper | lower }}",
        "{{ ('a' | code) ~ x }}", "{{ x ~ ('a' | code) }}", "{{ x ~ 'a' }}", "{{ m(1) ~ x }}", "{{ m(x) }}",
        "{{ ('a' | code) + x }}", "{{ x + m(1) }}", "{{ m('a %s') % x }}", "{{ '%s' % x }}",
        "{{ m('a %(s)s') % {'s': x} }}",
        "{{ m('a %s') | format(x) }}", "{{ m('a {}').format(x) }}", "{{ m('a {a}').format(a=x) }}",
        "{{ '{}'.format(x) }}",
        "{{ m('A').replace('A', x) }}", "{{ m('A')['replace']('A', x) }}", "{{ m('A') | replace('A', x) }}",
        "{{ x | replace('A', m(1)) }}", "{{ [m(1), x] | join }}", "{{ [x, x] | join(m(1)) }}", "{{ [x] | join(' ') }}",
        "{{ [m(1), m(2)] | join(x) }}", "{{ [{'a': m(1)}, {'a': x}] | join(', ', attribute='a') }}",
        "{{ m('A') | attr('join')([x, 'b']) }}", "{{ m(1) | indent(x) }}", "{{ m('a b') | wordwrap(1, wrapstring=x) }}",
        "{{ m('a' * 599) | truncate(500, true, x, 0) }}", "{{ m(x) | striptags }}", "{{ m('a').join([x, x]) }}",
        "{% filter replace('A', x) %}A{% endfilter %}", "{% filter striptags %}{{ x }}{% endfilter %}",
        "{% filter join(x) %}AB{% endfilter %}", "{{ x }}{% set y | replace('A', x) %}A{% endset %}{{ y }}",
        "{% set y %}A{% endset %}{{ y ~ x }}", "{% call c(x) %}{{ x }}{% endcall %}",
        "{{ x | yaml }}", "{{ {x: [x]} | yaml }}",
        "{% autoescape false %}{{ m(1) ~ x }}{{ x }}{% endautoescape %}", "{{ x.replace('q', 'r') }}", "{{ x | code }}",
        "{{ nope | default(x) }}", "{{ m(1) | default(x) }}{{ x }}", "{{ m('') | default(x, true) }}",
    ],
)  # fmt: skip
def test_no_way_to_write_it_makes_text_live(written: str) -> None:
    hostile = "![i](http://e.example) <img src=e> http://e.example **b** A @org"
    found = render({"x": hostile}, MACROS + written)
    shown = str(MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(found))
    assert not [tag for tag in ("<img", "<a ", "<strong") if tag in shown], found
    assert not [live for live in ("![i](", "<img", "**b") if live in found.replace("`" + hostile + "`", "")], found


def test_what_our_filters_made_stays_so_through_others() -> None:
    found = own(
        "{{ ['a', 'b'] | map('code') | join(', ') }} {{ ('a' | code) ~ ' and ' ~ ('b' | code) }} "
        "{{ '%s' | code | format('*') }} {{ ('x' | code) + 'y' }} {{ ['a', 'b'] | join('-') }}{{ 'a' ~ 1 }}"
    )
    assert found == "`a`&#44; `b` `a` and `b` `&#42;` `x`y a-ba1".replace("&#44;", found[3 : found.index(" ")])
    assert MarkdownIt().render(found).startswith("<p><code>a</code>, <code>b</code> <code>a</code> and <code>b</code>")


@pytest.mark.parametrize("name", ["safe", "tojson", "urlize", "xmlattr"])
def test_filters_that_make_any_text_live_are_none(name: str) -> None:
    with pytest.raises(ConfigError, match=f"No filter named '{name}'"):
        own("{{ params | " + name + " }}")


def test_yaml_says_the_same_with_its_signs_escaped() -> None:
    value = {"*a*": ["`x`", "\\x41 \\uDC41", 1, None, 0.5, True], "b": {"c": "<d> [e](f) é"}}
    found = render({"value": value}, "{{ value | yaml }}")
    assert yaml.safe_load(found) == value
    assert not set("`*[<") & set(found.replace("- ", ""))
    with pytest.raises(ConfigError, match="cannot represent an object"):
        own("{{ range | yaml }}")


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ ''.__class__ }}", "access to attribute '__class__' of 'str' object is unsafe"),
        ("{{ ''['__class__'] }}", "unsafe"),
        ("{{ cycler.__init__.__globals__ }}", "unsafe"),
        ("{{ params.update({1: 2}) }}", "unsafe"),
        ("{% set _ = params.clear() %}", "unsafe"),
        ("{{ nope }}", "'nope' is undefined"),
        ("{{ lipsum() }}", "'lipsum' is undefined"),
        ("{{ [1, 2] | random }}", "No filter named 'random'"),
        ("a\n{% if %}", "line 2 of model_card.md.j2"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ [1] | map('upper') }}", "a generator is no text"),
        ("{{ scores }}", "is no text: write its parts"),
        ("{{ ('a' | code) ~ scores }}", "is no text: write its parts"),
        ("{% set x | replace('a', model) %}a{% endset %}", "unknown to the frame"),
        ("{{ 'a b' | word }}", "can't stand in a command"),
        ("{{ 'javascript:x' | url }}", "is no web address"),
        ("{% include '/etc/hostname' %}", "/etc/hostname"),
        ("{% for n in range(999999999) %}{% endfor %}", "Range too big"),
        ("{{ cycler() }}", "at least one item has to be provided"),
        ("{{ 5 | dictsort }}", "'int' object has no attribute 'items'"),
        (r"{{ '\ud800' }}", "surrogates not allowed"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "nests too deep"),
    ],
)
def test_what_a_template_may_not_do(template: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        own(template)
    assert said in refused.value.message
    assert refused.value.hint


def test_a_card_too_long_is_refused_before_it_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_template, "MAX_CARD", 1 << 20)
    with pytest.raises(ConfigError, match="more than 1 MiB"):
        own("{% for n in range(99999) %}{% for m in range(99999) %}{{ 'x' * 99999 }}{% endfor %}{% endfor %}")


def test_filters_leave_nothing_to_guess() -> None:
    values = "{% set found = [none, true, 1234567, 0.1234567, '', '*'] %}"
    assert own(values + "{% for one in found %}{{ one }} {% endfor %}") == "– True 1,234,567 0.123457  &#42; "
    assert own("{{ 5 | signed }} {{ none | signed }} {{ none | number }} {{ 0.0 | signed }}") == "+5 – – 0"
    assert own("[x]({{ 'https://a/(b)' | url }})") == "[x](https://a/%28b%29)"
    assert own("{{ 'a|b' | code }}") == r"`a\|b`"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("---\nlicense: mit\n", "has no end"),
        ("---\nlicense: [mit]\n---\n", "not of Hugging Face's form"),
        ("---\nmodel-index:\n- {name: x, results: [{task: {name: y}}]}\n---\n", "not of Hugging Face's form"),
        ("---\nmodel-index: [{name: x, results: [{task: {type: y}, dataset: {type: a, name: b}, metrics: []}]}]\n---\n",
         "not of Hugging Face's form"),
        ("---\na: *b\n---\n", "card:1"),
    ],
)  # fmt: skip
def test_a_head_that_the_hub_would_refuse(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        check_head(text, "card")


def test_a_card_without_a_head_passes() -> None:
    check_head("# x\n---\n", "card")
    check_head("---\nlicense: mit\nothers: {a: 1}\n---\n", "card")
