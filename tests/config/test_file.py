"""`merganser.yaml` and `environments.yaml`: what is understood, and what each fault says."""

import time
from pathlib import Path

import pytest

from merganser import config as c
from merganser.config.file import load_config, load_environments
from merganser.errors import ConfigError
from merganser.foreign_text import no_column

FULL = """\
version: 1
models:
  churn:
    path: models/churn
    task: binary
    positive: "yes"
    inputs: ["src/**", params.yaml]
    params: p.yaml
    train: {run: make all, timeout: 2h}
    artifact: {path: out/churn.joblib, publish: "s3://models/{model}/{version}"}
    metrics: [metrics.json]
    predictions: {file: eval/p.parquet, key: id, score: p, threshold: .25, label: churned, slices: [plan, country]}
    gate:
      on_missing_baseline: skip
      confidence: 0.9
      min_support: 100
      on_inconclusive: block
      metrics:
        auc: {direction: up, min: 0.75, max_drop: 1%, non_inferior: {margin: 1e-2, on_inconclusive: warn}}
        log_loss: {direction: down, max: 2, max_rise: 0.01, severity: warn}
      slices:
        - {by: country, metrics: [accuracy], margin: 0.02, min_support: 500, severity: warn}
      waivers:
        - {check: "auc:min", reason: known, by: ada, until: 2026-12-31, floor: 0.7}
    release: {on: merge, bump: patch, predictions: drop, sign: keyless, license: apache-2.0}
  other:
    artifact: {path: m}
environments: {repo: acme/environments}
"""


def test_everything_that_can_be_said() -> None:
    config = load_config(FULL.encode(), "merganser.yaml")
    assert config.version == 1
    assert config.environments == c.EnvironmentsRef(repo="acme/environments")
    assert config.models["other"] == c.Model(artifact=c.Artifact(path="m"))
    assert config.models["churn"] == c.Model(
        path="models/churn",
        task=c.Task.binary,
        positive="yes",
        inputs=("src/**", "params.yaml"),
        params="p.yaml",
        train=c.Train(run="make all", timeout=7200),
        artifact=c.Artifact(path="out/churn.joblib", publish="s3://models/{model}/{version}"),
        metrics=("metrics.json",),
        predictions=c.Predictions(
            file="eval/p.parquet", key="id", score="p", threshold=0.25, label="churned", slices=("plan", "country")
        ),
        gate=c.Gate(
            on_missing_baseline=c.OnMissingBaseline.skip,
            confidence=0.9,
            min_support=100,
            on_inconclusive=c.OnInconclusive.block,
            metrics={
                "auc": c.MetricRules(
                    direction=c.Direction.up,
                    min=0.75,
                    max_drop=c.Change(0.01, c.Unit.relative),
                    non_inferior=c.NonInferior(margin=0.01, on_inconclusive=c.OnInconclusive.warn),
                ),
                "log_loss": c.MetricRules(
                    direction=c.Direction.down, max=2.0, max_rise=c.Change(0.01), severity=c.Severity.warn
                ),
            },
            slices=(
                c.SliceRules(
                    by=("country",), metrics=("accuracy",), margin=0.02, min_support=500, severity=c.Severity.warn
                ),
            ),
            waivers=(c.Waiver(check="auc:min", reason="known", by="ada", until="2026-12-31", floor=0.7),),
        ),
        release=c.ReleasePolicy(
            on=c.ReleaseOn.merge,
            bump=c.Bump.patch,
            predictions=c.Publish.drop,
            sign=c.Signing.keyless,
            license="apache-2.0",
        ),
    )


def refused(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as wrong:
        load_config(text.encode(), "merganser.yaml")
    assert wrong.value.hint
    return wrong.value


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("non_inferior:", "non_inferor:", ":19: models.churn.gate.metrics.auc.non_inferor: unknown key; did you mean"),
        ("non_inferior:", "non_inferor:", "did you mean non_inferior?"),
        ("\nenvironments:", "\nenvironment:", ":28: environment: unknown key; did you mean environments?"),
        ("version: 1", "version: 2", ":1: version: expected version 1, found 2"),
        ("version: 1\n", "", ":1: the file: the key version is missing"),
        ("    artifact: {path: m}", "    path: x\n    labels: {}", ":28: models.other.labels: the key key is missing"),
        ("run: make all", "run: [make]", ":9: models.churn.train.run: expected text, found a list"),
        ("run: make all", "run: ' '", "models.churn.train.run: an empty command"),
        ("run: make all", "run: ''", "models.churn.train.run: 0 characters"),
        ("run: make all", "run: no_file\\x07 'é'", None),
        ("timeout: 2h", "timeout: 7200", "timeout: expected a duration, found 7200"),
        ("timeout: 2h", "timeout: 1:30", "timeout: expected a duration, found 1:30"),
        ("timeout: 2h", "timeout: 0s", "expected a duration between 1s and 30d, found 0s"),
        ("timeout: 2h", "timeout: 31d", "found 31d"),
        ("timeout: 2h", "timeout: {}", "expected a duration, found a mapping"),
        ('positive: "yes"', "positive: 1", "positive: expected text, found 1"),
        ('positive: "yes"', "positive: 012", "positive: expected text, found 012"),
        ('positive: "yes"', "positive: true", "positive: expected text, found true"),
        ('positive: "yes"', "positive:", "positive: expected text, found nothing"),
        ('positive: "yes"', 'positive: "a\\u202Eb"', "the character U+202E"),
        ('positive: "yes"', 'positive: "a\\nb"', "the character U+000A"),
        ("task: binary", "task: binry", "task: expected binary or multiclass or regression or ranking, found binry"),
        ("confidence: 0.9", "confidence: yes", "gate.confidence: expected a number, found yes"),
        ("confidence: 0.9", "confidence: 012", "confidence: expected a number, found 012"),
        ("confidence: 0.9", "confidence: '0.9'", 'confidence: expected a number, found "0.9" in quotes'),
        ("confidence: 0.9", "confidence: .", "expected a number, found ."),
        ("confidence: 0.9", "confidence: e5", "expected a number, found e5"),
        ("confidence: 0.9", "confidence: 1_0", "expected a number, found 1_0"),
        ("confidence: 0.9", "confidence: 0x1", "expected a number, found 0x1"),
        ("confidence: 0.9", "confidence: 1:30", "expected a number, found 1:30"),
        ("confidence: 0.9", "confidence: .nan", "expected a number, found .nan"),
        ("confidence: 0.9", "confidence: 1e999", "expected a finite number, found 1e999"),
        ("confidence: 0.9", "confidence: 0.5", "confidence: expected a confidence between 0.5 and 1, found 0.5"),
        ("confidence: 0.9", "confidence: 1", "expected a confidence between 0.5 and 1, found 1"),
        ("confidence: 0.9", f"confidence: {'9' * 5000}", "expected a finite number, found 999"),
        ("min_support: 100", "min_support: 0", "gate.min_support: expected 1 row or more, found 0"),
        ("min_support: 100", "min_support: 1.5", "expected a whole number, found 1.5"),
        ("min_support: 100", f"min_support: {'9' * 19}", "expected a whole number"),
        ("min_support: 500", "min_support: 0", "gate.slices[0].min_support: expected 1 row or more"),
        ("margin: 0.02", "margin: -0.02", "gate.slices[0].margin: expected a margin of 0 or more, found -0.02"),
        ("margin: 0.02", "margin: 2%", "expected a number, found 2%"),
        ("{margin: 1e-2,", "{margin: -1e-2,", "auc.non_inferior.margin: expected a margin of 0 or more"),
        ("metrics: [accuracy]", "metrics: []", "gate.slices[0].metrics: no metric"),
        ("metrics: [accuracy]", "metrics: accuracy", "expected a list, found accuracy"),
        ("[plan, country]", "[plan, plan]", "predictions.slices: plan stands twice"),
        ("max_drop: 1%", "max_drop: -1%", "max_drop: expected 0 or more, found -1%"),
        ("max_drop: 1%", "max_drop: [1]", "expected a number or a percentage, found a list"),
        ("max_drop: 1%", "max_drop: 012%", "expected a number, found 012"),
        ("min: 0.75, max_drop", "max: .5, min: 0.75, max_drop", "auc.min: min 0.75 is above max 0.5"),
        ("on_missing_baseline: skip", "on_missing_baseline: off", "expected train or skip, found off"),
        ("bump: patch", "bump: 1", "expected major or minor or patch or auto, found 1"),
        ("task: binary", "task: multiclass", "models.churn.positive: only two classes have a positive one"),
        ('task: binary\n    positive: "yes"', "task: multiclass", "predictions.score: one score can't tell more than"),
        ("score: p,", "score: p, prediction: q,", "predictions.threshold: no score is cut there"),
        ("score: p,", "scores: {a: p_a, b: p_b},", "predictions.threshold: no score is cut there"),
        ("score: p,", "prediction: q,", "predictions.threshold: no score is cut there"),
        ("until: 2026-12-31", "until: 2026-13-31", "until: expected a date, found 2026-13-31"),
        ("until: 2026-12-31", "until: 2026-12-31T00:00:00", "expected a date"),
        ("until: 2026-12-31", "until: 2026-12-31T25:00:00Z", "expected a date"),
        ("until: 2026-12-31", "until: soon", "expected a date, found soon"),
        ("repo: acme/environments", "repo: environments", "environments.repo: expected OWNER/NAME, found environments"),
        ("repo: acme/environments", "repo: acme/..", "expected OWNER/NAME"),
        ("repo: acme/environments", "repo: acme/../x", "expected OWNER/NAME"),
        ("path: models/churn", "path: ../churn", "models.churn.path: ../churn leads out of the folder"),
        ("path: models/churn", "path: /churn", "/churn leads out"),
        ("path: models/churn", "path: C:/churn", "leads out"),
        ("path: models/churn", "path: 'a\\b'", "a backslash in"),
        ("path: models/churn", "path: a//b", "the path a//b"),
        ("path: models/churn", "path: a/", "the path a/"),
        ("path: models/churn", "path: a/.GIT/b", "is git's own"),
        ('"src/**"', '"!src"', "inputs[0]: the pattern !src"),
        ('"src/**"', '"src/[ab]"', "the pattern src/[ab]"),
        ('"src/**"', '"src/a**"', "the pattern src/a**"),
        ("{version}", "{date}", "the address"),
        ("{version}", "{model", "the address"),
        ("s3://", "s3 //", "the address"),
        ("key: id, score: p,", "key: id, score: p, scores: {a: b},", "models.churn.predictions: both score and scores"),
        ("key: id, score: p,", "key: id,", "neither score, scores nor prediction"),
        ("  other:", "  Churn:", "models.Churn: Churn and churn are one name"),
        ("  other:", "  ../../x:", "expected a model's name"),
        ("  other:", f"  {'x' * 300}:", "expected a model's name"),
        ("  other:", '  "o\\u202Eter":', "expected a model's name"),
        ("  other:", "  other-:", "expected a model's name"),
        ("auc: {direction", f"{'a' * 201}: {{direction", "a name of 201 characters"),
        ("log_loss: {direction: down, max: 2, max_rise: 0.01,", "log_loss: {direction: down,", "log_loss: no rule"),
        (
            "    release: {on: merge, bump: patch, predictions: drop, sign: keyless, license: apache-2.0}",
            "    tracker: {}",
            "models.churn.tracker: unknown key",
        ),
        ("train: {run: make all, timeout: 2h}", "train: {repeats: 1}", "train.repeats: unknown key"),
        ("train: {run: make all, timeout: 2h}", "train: make", "expected a mapping, found make"),
    ],
)  # fmt: skip
def test_each_fault_says_line_key_and_what_stood_there(old: str, new: str, said: str | None) -> None:
    assert old in FULL
    text = FULL.replace(old, new, 1)
    if said is None:
        assert load_config(text.encode(), "merganser.yaml").models["churn"].train.run == new.removeprefix("run: ")
    else:
        wrong = refused(text)
        assert said in wrong.message
        assert wrong.message.startswith("merganser.yaml:")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "merganser.yaml:1: the file: expected a mapping, found a list"),
        ("version: 1\nmodels: {}", "merganser.yaml:2: models: no model"),
        ("version: 1\nmodels: []", "merganser.yaml:2: models: expected a mapping, found a list"),
        ("version: 1\nmodels: {m: {artifact: {path: x}, gate: {}}}", "models.m.gate: the gate checks nothing"),
        ("version: 1\nmodels: {m: {artifact: {path: x}, gate: {confidence: .9}}}", "the gate checks nothing"),
        (
            "version: 1\nmodels: {m: {artifact: {path: x}, gate: {slices: [{by: a, metrics: [b], margin: 1}]}}}",
            "models.m.gate.slices[0]: slices need predictions",
        ),
        ("version: 1\nmodels: {m: {artifact: {path: x}, gate: {metrics: {a: {direction: up}}}}}", "metrics.a: no rule"),
    ],
)
def test_what_is_too_little(text: str, said: str) -> None:
    assert said in refused(text).message


@pytest.mark.parametrize(
    ("written", "meant"),
    [("yes", "yes"), ("no", "no"), ("off", "off"), ("1:30", "1:30"), ("2026-01-01", "2026-01-01"), ("'012'", "012")],
)
def test_where_text_is_meant_words_stay_as_written(written: str, meant: str) -> None:
    text = FULL.replace('positive: "yes"', f"positive: {written}")
    assert load_config(text.encode(), "x").models["churn"].positive == meant


@pytest.mark.parametrize(("written", "meant"), [("1e-3", 0.001), (".5", 0.5), ("+1.", 1.0), ("2", 2.0), ("-0.5", -0.5)])
def test_numbers_as_people_write_them(written: str, meant: float) -> None:
    text = FULL.replace("floor: 0.7", f"floor: {written}")
    assert load_config(text.encode(), "x").models["churn"].gate.waivers[0].floor == meant


@pytest.mark.parametrize(("written", "seconds"), [("90s", 90), ("10m", 600), ("2h", 7200), ("7d", 604_800)])
def test_durations(written: str, seconds: int) -> None:
    text = FULL.replace("timeout: 2h", f"timeout: {written}")
    assert load_config(text.encode(), "x").models["churn"].train.timeout == seconds


def test_keys_are_text_as_written() -> None:
    scores = "key: id, scores: {no: p_no, 0: p_0, 1.0: p_1, true: t},"
    text = FULL.replace("key: id, score: p, threshold: .25,", scores)
    predictions = load_config(text.encode(), "x").models["churn"].predictions
    assert predictions is not None
    assert predictions.scores == {"no": "p_no", "0": "p_0", "1.0": "p_1", "true": "t"}


def test_a_time_with_its_offset_is_a_date() -> None:
    text = FULL.replace("until: 2026-12-31", 'until: "2026-12-31T12:00:00+01:00"')
    assert load_config(text.encode(), "x").models["churn"].gate.waivers[0].until == "2026-12-31T12:00:00+01:00"


def test_a_huge_valid_file_is_read_in_a_second() -> None:
    globs = ",".join(f"a{i}" for i in range(10_000))
    text = f"version: 1\nmodels: {{a: {{artifact: {{path: x}}, inputs: [{globs}]}}}}"
    began = time.process_time()
    assert len(load_config(text.encode(), "x").models["a"].inputs) == 10_000
    assert time.process_time() - began < 1


def test_foreign_text_in_a_message_is_escaped_and_cut() -> None:
    wrong = refused(f'version: 1\nmodels: {{a: {{"::error::\\n\\u202E{"x" * 500}": 1, artifact: {{path: x}}}}}}')
    assert "\n" not in wrong.message
    assert "\u202e" not in wrong.message
    assert len(wrong.message) < 200


@pytest.mark.parametrize(
    ("missing", "there", "told"),
    [
        (["label"], ["id", "labels"], "no column label (did you mean labels?); there are id, labels"),
        (["label"], ["id", "x"], "no column label; there are id, x"),
        (["label", "id"], ["labels"], "no columns label, id; there are labels"),
        (["label"], [], "no column label"),
        (["x"], ["a\nb"], r"no column x; there are a\nb"),
        (
            ["x"],
            [f"c{n}" for n in range(12)],
            f"no column x; there are {', '.join(f'c{n}' for n in range(10))} and 2 more",
        ),
    ],
)
def test_what_a_table_lacks_and_has(missing: list[str], there: list[str], told: str) -> None:
    assert no_column(missing, there) == told


ENVIRONMENTS = """\
version: 1
path: [dev, staging, production]
environments:
  dev: {promote: manual}
  staging: {}
  production: {after: [dev, staging], promote: manual}
  shadow: {after: dev}
  sandbox: {after: []}
models:
  churn: {target: kserve, model_format: sklearn, runtime: mlserver}
  other: {target: kubernetes, image: "acme/x@sha256:1"}
"""


def test_environments_have_their_effective_after() -> None:
    stages = load_environments(ENVIRONMENTS.encode(), "environments.yaml")
    assert {name: stage.after for name, stage in stages.environments.items()} == {
        "dev": (), "staging": ("dev",), "production": ("dev", "staging"), "shadow": ("dev",), "sandbox": (),
    }  # fmt: skip
    assert stages.environments["dev"].promote is c.Promotion.manual
    assert stages.models["churn"] == c.Serving(target=c.Target.kserve, model_format="sklearn", runtime="mlserver")
    assert stages.models["other"] == c.Serving(target=c.Target.kubernetes, image="acme/x@sha256:1")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[dev, staging,", "[dev, stagin,", ":2: path: no environment is called stagin; did you mean staging?"),
        ("shadow: {after: dev}", "shadow: {after: xyz}", ":7: environments.shadow.after: no environment is called xyz"),
        ("shadow: {after: dev}", "shadow: {after: shadow}", "environments.shadow: shadow wait for each other"),
        ("dev: {promote: manual}", "dev: {after: production}", "wait for each other"),
        ("dev: {promote: manual}", "dev: {promote: auto}", ":4: environments.dev.promote: auto is not supported"),
        ("dev: {promote: manual}", "dev: {promote: off}", "expected manual, found off"),
        ("target: kserve,", "target: kserve, image: x,", "models.churn.image: the target kserve has no use for it"),
        ("target: kubernetes,", "target: kubernetes, runtime: x,", "runtime: the target kubernetes has no use for it"),
        ("target: kubernetes,", "target: kubernetes, model_format: x,", "models.other.model_format: the target"),
        ("staging: {}", "Staging: {}", "expected an environment's name, found Staging"),
        ("staging: {}", "a_b: {}", "expected an environment's name"),
        ("staging: {}", "staging: {soak: 2h}", "environments.staging.soak: unknown key"),
        ("[dev, staging, production]", "[dev, dev]", "path: dev stands twice"),
        ("target: kserve,", "target: kserv,", "expected kserve or kubernetes, found kserv"),
        ("target: kserve, ", "", "models.churn: the key target is missing"),
    ],
)  # fmt: skip
def test_faults_of_environments(old: str, new: str, said: str) -> None:
    assert old in ENVIRONMENTS
    with pytest.raises(ConfigError) as wrong:
        load_environments(ENVIRONMENTS.replace(old, new, 1).encode(), "environments.yaml")
    assert said in wrong.value.message


def test_no_environment_at_all_is_an_error() -> None:
    with pytest.raises(ConfigError, match="no environment"):
        load_environments(b"version: 1\nenvironments: {}\n", "environments.yaml")


CONTRACT = """\
version: 1
models:
  m:
    artifact: {path: m}
    contract:
      inputs: [{name: age, type: integer}, {name: "1", type: text}]
      outputs: [{name: p, type: float, classes: [no, 1]}]
    release: {bump: auto}
"""


def test_a_contract_is_written_out_or_inferred() -> None:
    model = load_config(CONTRACT.encode(), "m").models["m"]
    assert model.contract == c.Contract(
        inputs=(
            c.Column(name="age", type=c.ColumnType.integer),
            c.Column(name="1", type=c.ColumnType.text),
        ),
        outputs=(c.Column(name="p", type=c.ColumnType.float, classes=("no", "1")),),
    )
    assert model.release.bump is c.Bump.auto
    inferred = "version: 1\nmodels: {m: {artifact: {path: m}, contract: {inputs: inferred}}}"
    assert load_config(inferred.encode(), "m").models["m"].contract == c.Contract()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('{name: "1",', "{name: age,", "merganser.yaml:6: models.m.contract.inputs: the column age stands twice"),
        ("type: float", "type: double", "expected integer or float or boolean or text or"),
        ('[{name: age, type: integer}, {name: "1", type: text}]', "[]", "expected inferred, or a list of columns"),
        ('[{name: age, type: integer}, {name: "1", type: text}]', '"inferred"', "expected inferred, or a list"),
        ('[{name: age, type: integer}, {name: "1", type: text}]', "x", "expected inferred, or a list of columns"),
        ('[{name: age, type: integer}, {name: "1", type: text}]', "[age]", "expected a mapping, found age"),
        ("[no, 1]", '[1, "1"]', "1 stands twice"),
        ("type: float,", "kind: float,", "unknown key"),
        ("type: float,", "", "the key type is missing"),
    ],
)
def test_faults_of_a_contract(old: str, new: str, said: str) -> None:
    assert said in refused(CONTRACT.replace(old, new)).message


def test_the_examples_configuration_is_read() -> None:
    file = Path(__file__).parents[2] / "examples/digits/merganser.yaml"
    model = load_config(file.read_bytes(), file.name).models["digits"]
    assert model.gate.metrics["accuracy"].non_inferior == c.NonInferior(margin=0.01)
