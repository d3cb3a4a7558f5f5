"""Bounds on what the gate costs with ten million rows; `gate_time` prints the whole table, with a hundred million."""

from pathlib import Path

import pytest

from tests.benchmarks.gate_time import CONFIG, apart, gate, medians, partitioned, read, resampling, write_sides

ROWS = 10_000_000
ROUNDS = 3


@pytest.mark.benchmark
def test_ten_million_rows_cost_a_few_times_their_reading_and_more_rows_no_more_memory(tmp_path: Path) -> None:
    config = tmp_path / "merganser.yaml"
    config.write_text(CONFIG)
    sides = apart(write_sides, tmp_path, ROWS)
    costs = medians({"read": read(sides), "gate": gate(sides, config)}, ROUNDS)
    times = costs["gate"].seconds / costs["read"].seconds
    loop = 1000 * resampling(sides) / costs["gate"].seconds
    many = medians({"many": gate(apart(partitioned, tmp_path, 3 * ROWS), config)}, 1)["many"]
    print(f"\n{costs}; {times:.1f} × the reading; the loop of resamples {loop:,.0f} ×; {3 * ROWS:,} rows: {many}")
    assert times <= 12
    assert costs["gate"].megabytes <= 1_000
    assert loop >= 1_000
    assert many.megabytes <= 1.3 * costs["gate"].megabytes
