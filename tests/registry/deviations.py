"""Where Apicurio answers otherwise than Confluent: name of the test -> what it does.

Every entry is expected to fail, strictly: an entry that no longer deviates fails the run.
"""

from __future__ import annotations

APICURIO: dict[str, str] = {
    "test_white_space_makes_no_other_schema": "white space makes another schema",
    "test_a_subject_without_its_own_level_says_so": "the global level is answered in place of 40408",
    "test_none_on_a_subject_beats_the_global_level": "NONE on a subject does not switch off a global level",
    "test_config_is_set_and_taken_back": "the global level is answered in place of 40408",
    "test_subjects_are_listed_and_deleted_in_two_steps": "subjects are not in order",
    "test_subjects_by_prefix": "`subjectPrefix` is ignored",
    "test_where_an_id_is_used": "/schemas/ids/ID/subjects is not served",
    "test_modes_are_read_and_set": "/mode is not served",
    "test_the_contexts_are_listed": "the default context is called `:.:`",
    "test_a_schema_by_its_guid": "there are no guids",
    "test_the_latest_with_metadata": "/subjects/SUBJECT/metadata is not served",
    "test_deletes_are_soft_then_permanent": "409 in place of 404, with the same code",
    "test_versions_are_deleted_one_by_one": "409 in place of 404, with the same code",
    "test_a_soft_deleted_version_cannot_be_soft_deleted_again": "409 in place of 404, with the same code",
    "test_a_version_that_is_none_is_refused": "404 in place of 422/42202",
    "test_an_unknown_level_is_refused": "500 in place of 422/42203",
    "test_an_unknown_mode_is_refused": "/mode is not served",
    "test_defaults_hold_for_a_subject_without_its_own": "/mode is not served",
    "test_an_import_keeps_id_and_version": "/mode is not served, and ids that are given are ignored",
    "test_an_id_is_given_in_an_import_only": "ids that are given are ignored",
    "test_an_import_needs_an_empty_subject": "/mode is not served",
    "test_verbose_checks_say_what_is_wrong": "`verbose` is ignored",
    "test_metadata_and_rules_come_back": "metadata and rules are lost",
    "test_a_type_that_does_not_exist_is_refused": "500 in place of 422/42201",
    "test_protobuf_is_given_out_serialized": "`format=serialized` is ignored: the text comes",
    "test_protobuf_is_taken_serialized": "base64 is stored as it came, and given out so",
    "test_normalized_schemas_are_one": "`normalize` keeps what means the same apart",
}
