"""What goes wrong in the world, what Merganser does then, and which tests show it: the table of docs/reliability.md.

`python -m tests.faults` prints that table anew. Numbers stay: tests and commits name them.
"""

from collections.abc import Iterable

import msgspec


class Row(msgspec.Struct, frozen=True):
    """One fault; `tests` are files below `tests/`, each with its functions."""

    number: int
    when: str
    then: str
    tests: dict[str, tuple[str, ...]]

    def node_ids(self) -> list[str]:
        return [f"tests/{file}::{name}" for file, names in self.tests.items() for name in names]

    def line(self) -> str:
        """As a row for people, with the files that test it."""
        shown = ", ".join(f"[{file.removesuffix('.py')}](../tests/{file})" for file in self.tests)
        return f"| {self.number} | {self.when} | {self.then} | {shown} |"


TRANSPORT, EFFECTS = "forge/requests/test_transport.py", "forge/effects/test_effects.py"
WHOLE = "commands/test_faults.py"
SOMEWHERE = (
    "test_each_fault_somewhere", "test_faults_at_every_request", "test_faults_at_some_requests_of_an_answer"
)  # fmt: skip
COMMENTS, TIMING = "commands/slash/test_races.py", "commands/test_timing.py"
REPORT, MEANWHILE, HOSTILE = "commands/report/test_report.py", "commands/test_meanwhile.py", "commands/test_hostile.py"

GITHUB = (
    Row(1, "A comment is written, and the connection drops before the answer", "it looks first; one comment",
        {EFFECTS: ("test_a_comment_whose_answer_was_lost_is_written_once",), WHOLE: SOMEWHERE}),
    Row(2, "Writes are answered 502 three times", "an error, exit code 4; the next run repeats nothing",
        {EFFECTS: ("test_a_comment_that_is_answered_502_three_times_is_an_error",), WHOLE: SOMEWHERE}),
    Row(3, "The repository was renamed", "requests go to its new name, downloads too",
        {TRANSPORT: ("test_a_write_to_a_renamed_repository_is_repeated_there_word_for_word",
                     "test_a_read_of_a_renamed_repository_keeps_what_the_address_asks", "test_endless_redirects_end",
                     "test_a_download_of_a_renamed_repository_is_looked_for_there_with_the_token"), WHOLE: SOMEWHERE}),
    Row(4, "A page comes instead of an answer", "read again, then an error; git is asked again too",
        {TRANSPORT: ("test_a_read_that_stays_broken_is_an_error_after_four_tries",
                     "test_a_write_is_sent_once_and_never_taken_for_a_success",
                     "test_a_page_is_not_quoted_but_the_address_doubted"),
         "forge/test_mirror.py": ("test_a_remote_that_fails_once_is_asked_again",), WHOLE: SOMEWHERE}),
    Row(5, "An answer breaks off in the middle", "read again, at most four times; a write is looked for",
        {TRANSPORT: ("test_a_read_is_tried_again_and_succeeds", "test_a_download_that_breaks_off_is_tried_again",
                     "test_a_read_that_stays_broken_is_an_error_after_four_tries"), WHOLE: SOMEWHERE}),
    Row(6, "A rate limit says no time", "a minute's wait, then two, then four, then an error",
        {TRANSPORT: ("test_a_secondary_limit_without_a_time_waits_a_minute_then_more",
                     "test_a_secondary_limit_is_bounded", "test_retry_after_is_obeyed"), WHOLE: SOMEWHERE}),
    Row(7, "The hour's requests are spent", "an error at once; the check stays pending, and the sweep finishes it",
        {TRANSPORT: ("test_a_primary_limit_that_resets_in_an_hour_fails_at_once",),
         WHOLE: ("test_a_report_that_is_limited_for_an_hour_leaves_the_check_pending_and_sleeps_not_at_all",),
         "commands/sweep/test_sweep.py": ("test_a_limit_ends_it_and_the_next_goes_on",)}),
    Row(8, "A page in the middle of a listing is empty", "the listing is read to its end",
        {TRANSPORT: ("test_pages_go_on_behind_an_empty_one",), WHOLE: SOMEWHERE}),
    Row(9, "An answer points to another host", "refused, and no token goes there; downloads alone follow one redirect",
        {TRANSPORT: ("test_no_other_host_gets_the_token_by_a_redirect",
                     "test_no_other_host_gets_the_token_by_a_link_header",
                     "test_no_other_host_gets_the_token_by_an_upload_address", "test_optimised_python_is_refused",
                     "test_a_download_follows_one_redirect_without_the_token",
                     "test_a_download_follows_no_second_redirect"),
         "forge/test_mirror.py": ("test_git_follows_no_redirect_and_speaks_no_other_protocol",), WHOLE: SOMEWHERE}),
    Row(10, "An App's token ends in the middle", "made anew once, and the request repeated",
        {"forge/requests/test_app.py": (
            "test_a_token_that_ends_in_the_middle_is_renewed_once_and_the_write_happens_once",
            "test_a_token_that_stays_refused_is_renewed_only_once"),
         "commands/test_app.py": ("test_a_token_that_ends_in_the_middle_is_made_anew_once",
                                  "test_a_token_that_ends_anywhere_is_made_anew_once")}),
    Row(11, "The process dies before or after any request", "the next run ends where an undisturbed one does",
        {"commands/test_killed.py": ("test_a_sample_of_deaths", "test_every_death", "test_a_killed_process"),
         "commands/slash/test_killed.py": ("test_a_sample_of_deaths", "test_every_death",
                                             "test_death_after_each_write"),
         "forge/effects/test_killed.py": ("test_killed_at_every_request",)}),
    Row(12, "An event comes twice, two runners or two people at once", "one effect; both people are answered",
        {"commands/test_convergence.py": ("test_three_runs_leave_what_one_leaves",),
         TIMING: ("test_two_runners_at_once_leave_one_of_each",),
         "commands/slash/test_killed.py": ("test_two_answers_at_once_leave_one",),
         COMMENTS: ("test_two_people_at_once", "test_of_two_people_who_set_parameters_at_once_one_commits"),
         "forge/effects/test_races.py": ("test_two_runners_at_the_same_moment_leave_one_of_everything",)}),
    Row(13, "Events come out of order", "the newest commit's answer stays",
        {MEANWHILE: ("test_13_the_newest_commit_wins_whatever_comes_last",),
         TIMING: ("test_an_event_that_comes_late_is_answered_by_what_has_become_of_its_run",),
         REPORT: ("test_a_push_in_between_leaves_the_older_run_unanswered",)}),
    Row(14, "Our comment is one of hundreds", "found and edited",
        {EFFECTS: ("test_our_comment_among_many_is_found_and_edited",),
         "commands/test_convergence.py": ("test_our_comment_is_found_among_hundreds",)}),
    Row(15, "A branch moves between look and write", "tried again from its new state, or refused; nothing is lost",
        {EFFECTS: ("test_a_ledger_that_others_append_to_meanwhile_loses_nothing",
                   "test_a_person_who_pushes_between_look_and_write_loses_nothing",
                   "test_base_moving_under_a_merge_is_tried_again")}),
)  # fmt: skip

PEOPLE = (
    Row(16, "A push comes between a comment and what it asks for", "refused, both commits named",
        {COMMENTS: ("test_a_push_before_the_answer_is_refused_with_both_commits",
                    "test_a_push_during_the_answer_is_refused_with_both_commits"),
         EFFECTS: ("test_a_head_that_moves_between_look_and_merge_is_refused",)}),
    Row(17, "A push comes between verdict and check", "the old commit gets its check, the new one waits for its own",
        {TIMING: ("test_a_push_between_judging_and_check_leaves_the_new_commit_pending",),
         COMMENTS: ("test_a_push_between_judging_and_check_leaves_the_new_commit_pending",)}),
    Row(18, "A comment is edited or deleted, or its author loses the permission", "what it asked for is not done",
        {COMMENTS: ("test_of_a_comment_that_somebody_edited_nothing_is_done",
                    "test_of_a_comment_that_was_deleted_nothing_is_done",
                    "test_a_comment_that_is_edited_while_it_is_obeyed_keeps_the_reply_that_says_what_was_done",
                    "test_a_comment_that_is_deleted_while_it_is_obeyed_is_done_and_answered",
                    "test_a_permission_that_was_lost_since_is_missed")}),
    Row(19, "A stranger's pull request waits for approval",
        "its check says what a maintainer writes, and nothing else trains it",
        {COMMENTS: ("test_a_strangers_commit_is_not_trained_before_a_maintainer_lets_it",),
         "commands/slash/test_elsewhere.py": ("test_a_forks_commit_trains_once_a_maintainer_lets_it",),
         "commands/report/test_forks.py": (
            "test_a_run_that_waits_for_approval_says_what_a_maintainer_does_and_is_judged_afterwards",)}),
    Row(20, "A pull request lowers its own gate", "the default branch's rules judge, and the difference is shown",
        {REPORT: ("test_a_loosened_gate_does_not_judge_itself_and_is_shown",
                  "test_an_older_gate_cannot_be_chosen_by_an_older_base")}),
    Row(21, "The configuration is deleted, or not there yet", "the default branch's judges; lost: red; first: green",
        {REPORT: ("test_a_deleted_gate_is_judged_by_the_base", "test_a_ledger_without_a_configuration_on_base_is_red",
                  "test_the_first_pull_request_is_set_up_and_green")}),
    Row(22, "The training is skipped, cancelled or timed out", "a red check, in a merge queue too",
        {MEANWHILE: ("test_22_a_training_that_did_not_succeed_is_red",),
         REPORT: ("test_training_that_failed_is_red_with_its_log", "test_a_failed_training_is_red_even_with_a_bundle"),
         "commands/report/test_queue.py": ("test_training_that_did_not_succeed_is_red_in_the_queue",)}),
    Row(23, "A version is registered twice, or dies half-way", "one wins, a rerun completes it",
        {EFFECTS: ("test_of_two_who_claim_one_tag_one_wins",), "commands/test_killed.py": ("test_every_death",),
         "commands/register/test_races.py": ("test_two_at_once", "test_a_rival_that_is_done_between_two_requests")}),
    Row(24, "A person pushes to the deployment branch", "kept, and said",
        {MEANWHILE: ("test_24_a_persons_commit_on_the_deployment_branch_is_kept_and_said",),
         EFFECTS: ("test_a_persons_commit_on_our_branch_is_kept_and_said",)}),
)  # fmt: skip

DATA = (
    Row(25, "A metric is no number", "an error",
        {"evaluation/test_hostile.py": ("test_25_metrics_that_are_no_numbers",
                                        "test_25_26_28_a_run_that_can_not_be_read")}),
    Row(26, "A key stands twice in JSON or YAML", "an error with its line",
        {"documents/test_documents.py": ("test_a_way_to_be_fooled_is_refused_at_once",),
         "config/test_yaml_text.py": ("test_what_is_refused_is_named_with_its_line",)}),
    Row(27, "YAML writes a number in an old way", "what a person means, or an error that shows it",
        {"config/test_yaml_text.py": ("test_plain_values_are_those_of_yaml_1_2",),
         "config/test_file.py": ("test_numbers_as_people_write_them",)}),
    Row(28, "A document is a bomb, or nested without end", "an error in a second and little memory",
        {"config/test_yaml_text.py": ("test_bombs_end_in_a_second_and_little_memory",),
         "documents/test_documents.py": ("test_a_way_to_be_fooled_is_refused_at_once",)}),
    Row(29, "A name is Markdown, a mention, or several lines", "text, wherever it is shown",
        {HOSTILE: ("test_29_30_a_metrics_name_is_text_wherever_it_is_shown",),
         "report/test_comment.py": ("test_no_name_changes_the_comments_shape",),
         "report/test_check.py": ("test_no_name_gets_out_of_title_or_summary",),
         "forge/ci/test_runtime.py": ("test_no_line_is_a_command_to_the_runner",)}),
    Row(30, "An output's value pretends to be another output", "it stays a value",
        {"forge/ci/test_runtime.py": ("test_a_value_can_not_begin_another_output",
                                      "test_outputs_come_back_as_they_went"),
         HOSTILE: ("test_30_a_models_version_or_matrix_can_not_begin_another_output",)}),
    Row(31, "100,000 metrics, 500 slices", "a comment that GitHub takes, cut, with a link",
        {HOSTILE: ("test_31_a_hundred_thousand_metrics_are_cut_with_a_link",),
         "report/test_comment.py": ("test_a_hundred_thousand_metrics_make_a_valid_comment",),
         "evaluation/test_hostile.py": ("test_31_a_hundred_thousand_metrics_and_five_hundred_slices",)}),
    Row(32, "An archive leads out of its folder, or is a bomb", "refused, and nothing is written",
        {"forge/test_archive.py": ("test_a_hostile_zip_is_refused_and_nothing_is_written",
                                   "test_a_name_that_stands_twice_is_refused", "test_a_zip_that_lies_is_refused"),
         HOSTILE: ("test_32_a_hostile_artifact_is_red_and_leaves_nothing",)}),
    Row(33, "A bundle claims another commit, pull request or inputs; a workflow or branch another's name",
        "refused or ignored",
        {REPORT: ("test_a_bundle_that_lies_is_red", "test_what_is_no_business_of_ours_writes_nothing",
                  "test_a_base_off_the_default_branch_is_red"),
         "commands/report/test_forks.py": ("test_a_fork_is_judged_like_any_other_though_its_branch_is_called_main",
                                    "test_a_forks_bundle_that_claims_another_pull_request_is_red"),
         "commands/report/test_queue.py": ("test_a_groups_bundle_that_names_another_tree_is_red",)}),
    Row(34, "The model's file is a program", "carried, never loaded",
        {HOSTILE: ("test_34_a_malicious_pickle_is_carried_and_never_loaded",)}),
    Row(35, "A branch, tag or commit is named like a command", "a name, or refused",
        {HOSTILE: ("test_35_a_branchs_name_is_a_name",),
         "forge/test_names.py": ("test_anything_else_is_refused_and_shown",
                                 "test_what_passes_as_a_ref_passes_with_git")}),
    Row(36, "A model is named like a path, or too long", "refused before any request",
        {HOSTILE: ("test_36_a_models_name_is_checked_before_any_request",),
         "registry/test_names.py": ("test_bad_names",), TRANSPORT: ("test_no_request_is_made_for_a_bad_name",)}),
    Row(37, "Predictions lack keys, repeat them, or are of other rows", "an error that counts, with examples",
        {"evaluation/test_hostile.py": ("test_37_rows_that_can_not_be_used", "test_37_other_rows_than_the_labels",
                                        "test_37_rows_of_another_data_set", "test_37_all_of_one_class")}),
    Row(38, "A parquet file lies about its size", "an error, the memory bounded",
        {"evaluation/readers/test_hostile_parquet.py": ("test_refused",),
         "evaluation/test_hostile.py": ("test_38_parquet_that_lies_is_no_verdict",)}),
    Row(39, "A card's template reaches for more, or never ends", "refused or stopped",
        {"registry/test_model_card.py": ("test_what_a_template_may_not_do",),
         "commands/register/test_card_process.py": (
             "test_a_template_that_would_not_end_or_fill_the_memory_is_stopped",)}),
    Row(40, "A secret could show", "it is nowhere: a canary is hunted in all that is written",
        {"commands/test_secrets.py": ("test_secrets_are_nowhere", "test_secrets_are_nowhere_however_it_ends",
                                      "test_no_comment_gets_a_secret_out",
                                      "test_an_error_that_quotes_the_token_is_told_without_it",
                                      "test_the_hunt_finds_what_is_there"),
         "forge/test_mirror.py": ("test_a_remote_that_quotes_the_token_is_quoted_without_it",),
         TRANSPORT: ("test_the_token_is_in_no_message_log_or_repr",),
         "training/test_train.py": ("test_a_pull_requests_run_names_head_base_and_the_merged_tree",)}),
)  # fmt: skip

SECTIONS = {"GitHub misbehaves": GITHUB, "People and timing": PEOPLE, "Data": DATA}
ROWS = (*GITHUB, *PEOPLE, *DATA)


def tables() -> str:
    """The sections of the page that hold the rows."""
    head = ["| | when | then | shown by |", "| ---: | --- | --- | --- |"]
    return "\n\n".join("\n".join([f"## {title}", "", *head, *lines(rows)]) for title, rows in SECTIONS.items()) + "\n"


def lines(rows: Iterable[Row]) -> list[str]:
    return [row.line() for row in rows]


if __name__ == "__main__":
    print(tables(), end="")
