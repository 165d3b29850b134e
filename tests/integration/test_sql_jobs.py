"""SQL files run as they are, and one that cannot run is an ERROR at the line and column that is wrong."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.result import Kind, ScenarioResult, Status, Trouble
from harness.scenario.load import load_scenarios
from tests.integration.stage import Stage

pytestmark = pytest.mark.integration

PIPELINE = """\
pipeline: words
job:
  sql: words.sql
  env: {BROKERS: "${kafka.bootstrap_servers}", WORDS: "${sources.words.name}", COPIES: "${sinks.copies.name}"}
  connectors: [kafka]
sources:
  words: {kafka: <fresh>, format: json, columns: {id: int, word: text}}
sinks:
  copies: {kafka: <fresh>, format: json, columns: {id: int, word: text}, key: [id]}
"""
SCENARIO = """\
scenario: words are copied
pipeline: words
timeout: 60s
when:
  - send: words
    rows:
      - {id: 1, word: one}
      - {id: 2, word: two}
then:
  - expect: copies
    rows:
      - {id: 1, word: ONE}
      - {id: 2, word: TWO}
"""
TABLES = """\
-- Words; from one topic to another
CREATE TABLE words (id INT, word STRING) WITH (
    'connector' = 'kafka',
    'topic' = '${WORDS}',
    'properties.bootstrap.servers' = '${BROKERS}',
    'scan.startup.mode' = 'latest-offset',
    'format' = 'json'
);
CREATE TABLE copies (id INT, word STRING) WITH (
    'connector' = 'kafka',
    'topic' = '${COPIES}', 'properties.bootstrap.servers' = '$BROKERS', 'format' = 'json'
);
"""
COPY = "INSERT INTO copies SELECT id, UPPER(word) FROM words"


@dataclass(kw_only=True)
class Project:
    """A folder with the words pipeline, whose SQL file a test writes."""

    stage: Stage
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "words.sql"

    def run(self, sql: str, *, pipeline: str = PIPELINE, scenario: str = SCENARIO) -> ScenarioResult:
        self.file.write_text(sql)
        (self.folder / "words.pipeline.yaml").write_text(pipeline)
        (self.folder / "words.scenario.yaml").write_text(scenario)
        scenarios, problems = load_scenarios([self.folder], self.folder)
        assert [p.render() for p in problems] == []
        return self.stage.session.run(self.stage.session.plans(scenarios)[0], lambda _event: None)

    def trouble(self, sql: str) -> Trouble:
        """The trouble of a file, and that it points at the ^ in a comment below the line that is wrong."""
        result = self.run(sql)
        assert result.status is Status.ERROR
        assert result.trouble is not None
        return result.trouble

    def marked(self, sql: str) -> tuple[Trouble, tuple[int, int]]:
        """The trouble of a file without its `<<`, and where that stood: line and column."""
        before = sql[: sql.index("<<")]
        place = before.count("\n") + 1, len(before) - before.rfind("\n")
        trouble = self.trouble(sql.replace("<<", ""))
        assert trouble.location is not None
        assert trouble.location.path == self.file
        assert (trouble.location.line, trouble.location.column) == place
        return trouble, place


@pytest.fixture
def project(stage: Stage, tmp_path: Path) -> Project:
    return Project(stage=stage, folder=tmp_path)


def passed(result: ScenarioResult) -> bool:
    assert (result.trouble, result.failures) == (None, ())
    return result.status is Status.PASSED


def printed(result: ScenarioResult) -> str:
    """What a scenario that did not pass has kept of the statements' answers."""
    return "".join(path.read_text() for folder in result.evidence for path in Path(folder).glob("*.out"))


def test_a_file_of_one_insert_runs(project: Project) -> None:
    assert passed(project.run(f"{TABLES}{COPY};\n"))


def test_a_value_that_is_wrong_is_a_failure(project: Project) -> None:
    result = project.run(f"{TABLES}{COPY.replace('UPPER', 'LOWER')};\n")

    assert result.status is Status.FAILED
    assert result.trouble is None


@pytest.mark.parametrize(
    "insert",
    [
        COPY,
        f"EXECUTE STATEMENT SET BEGIN {COPY} WHERE id = 1; {COPY} WHERE id = 2; END;",
        f"BEGIN STATEMENT SET;\n{COPY} WHERE id = 1;\n{COPY} WHERE id = 2;\nEND;",
        f"SET 'table.dml-sync' = 'true';\n{COPY};",
        f"SET table.dml-sync=true;\n{COPY};\nSHOW TABLES;",
        f"SET 'sql-client.verbose' = 'true';\nSET 'execution.target' = 'yarn-session';\n{COPY};",
        f"SET 'execution.runtime-mode' = 'batch';\nSET 'execution.runtime-mode' = 'streaming';\n{COPY};",
        f"SET 'execution.runtime-mode' = 'batch';\nRESET 'execution.runtime-mode';\n{COPY};",
        f"SET 'parallelism.default' = '2';\nRESET;\n{COPY};",
        f"SET; SHOW TABLES; DESCRIBE words; EXPLAIN {COPY}; HELP; CLEAR;\n{COPY};\nQUIT;\nnonsense;",
        "CREATE VIEW loud AS SELECT id, UPPER(word) FROM words;\nINSERT INTO copies TABLE loud;",
    ],
    ids=[
        "insert",
        "set",
        "client-set",
        "sync",
        "sync-then-more",
        "ours",
        "modes",
        "reset",
        "reset-all",
        "told",
        "view",
    ],
)
def test_what_the_sql_client_takes_runs(project: Project, insert: str) -> None:
    assert passed(project.run(f"{TABLES}{insert}"))


def test_tables_of_one_file_are_unknown_to_the_next(project: Project) -> None:
    assert passed(project.run(f"{TABLES}{COPY};\n"))

    trouble = project.trouble(f"-- $BROKERS $WORDS $COPIES\n{COPY};\n")

    assert trouble.message == "object 'words' not found"


def test_what_statements_answer_is_kept(project: Project) -> None:
    result = project.run(f"{TABLES}SHOW TABLES;\nUSE CATALOG nowhere;\n{COPY};")

    assert result.status is Status.ERROR
    assert "> SHOW TABLES" in printed(result)
    assert re.search(r"\| +copies \|", printed(result))


def test_a_word_that_the_parser_does_not_know(project: Project) -> None:
    trouble, _ = project.marked(f"{TABLES}\nINSERT INTO copies\n  SELECT id, word FORM <<words;\n")

    assert trouble.message == "`words` is not expected here"
    assert trouble.hint == "did you mean `FROM` in place of `FORM`?"
    assert "  SELECT id, word FORM words;" in (trouble.detail or "")


def test_a_column_that_there_is_not(project: Project) -> None:
    trouble, _ = project.marked(
        f"{TABLES}\n/* ä😀 */ INSERT INTO copies\n\tSELECT id, 'ä😀' || UPPER(<<wrod) FROM words;\n"
    )

    assert trouble.message == "column 'wrod' not found in any table"
    assert trouble.hint == "did you mean `word`?"


def test_a_column_that_there_is_not_inside_of_a_statement_set(project: Project) -> None:
    trouble, _ = project.marked(
        f"{TABLES}\nEXECUTE STATEMENT SET BEGIN\n{COPY};\nINSERT INTO copies SELECT <<wrod FROM words;\nEND;"
    )

    assert trouble.message == "column 'wrod' not found in any table"


def test_a_column_that_there_is_not_inside_of_a_set_of_the_client(project: Project) -> None:
    trouble, _ = project.marked(
        f"{TABLES}\nBEGIN STATEMENT SET;\n{COPY};\nINSERT INTO copies SELECT id, <<wrod FROM words;\nEND;"
    )

    assert trouble.message == "column 'wrod' not found in any table"


def test_a_column_that_there_is_not_inside_of_a_view(project: Project) -> None:
    trouble, _ = project.marked(f"{TABLES}\nCREATE VIEW v AS\n  SELECT <<wrod FROM words;\n{COPY};")

    assert trouble.message == "column 'wrod' not found in any table"


def test_a_table_that_there_is_not(project: Project) -> None:
    trouble, _ = project.marked(f"{TABLES}\nINSERT INTO copies SELECT * FROM <<wrods;\n")

    assert trouble.message == "object 'wrods' not found"
    assert trouble.hint == "did you mean `words`?"


def test_a_sink_that_there_is_not(project: Project) -> None:
    trouble, _ = project.marked(f"{TABLES}\nINSERT INTO <<copys SELECT * FROM words;\n")

    assert trouble.message.startswith("cannot find table '`default_catalog`.`default_database`.`copys`'")
    assert trouble.hint == "did you mean `copies`?"


def test_a_function_that_there_is_not(project: Project) -> None:
    trouble, _ = project.marked(f"{TABLES}\nINSERT INTO copies SELECT id, <<UPPR(word) FROM words;\n")

    assert trouble.message.startswith("no match found for function signature UPPR(")


def test_a_connector_that_there_is_not_is_told_where_it_is_named(project: Project) -> None:
    tables = TABLES.replace("'connector' = 'kafka',\n", "'connector' = <<'kafak',\n", 1)

    trouble, _ = project.marked(f"{tables}{COPY};\n")

    assert trouble.message == "no jar of the job brings the connector `kafak`"
    assert trouble.hint == "did you mean `kafka`?"
    assert "used by the statement in line 13" in (trouble.detail or "")


def test_an_option_that_is_missing_is_told_where_the_table_is(project: Project) -> None:
    marked = TABLES.replace("CREATE TABLE copies", "CREATE TABLE <<copies")
    tables = marked.replace("'topic' = '${COPIES}', ", "/* ${COPIES} */")

    trouble, _ = project.marked(f"{tables}{COPY};\n")

    assert trouble.message == "either 'topic' or 'topic-pattern' must be set"


def test_a_primary_key_that_is_not_marked(project: Project) -> None:
    trouble, _ = project.marked(
        f"{TABLES}\nCREATE TABLE t (\n  a INT,\n  <<PRIMARY KEY (a)\n) WITH ('connector' = 'print');\n{COPY};"
    )

    assert trouble.message == "Flink cannot enforce a primary key"
    assert trouble.hint == "write `NOT ENFORCED` behind it"


def test_a_function_whose_class_is_not_there(project: Project) -> None:
    trouble, _ = project.marked(f"{TABLES}\n<<CREATE TEMPORARY FUNCTION f AS 'com.example.F';\n{COPY};")

    assert trouble.message == "ClassNotFoundException: com.example.F"


def test_a_file_that_ends_before_its_insert(project: Project) -> None:
    trouble = project.trouble(f"{TABLES}QUIT;\n{COPY};")

    assert trouble.message == "words.sql submitted no job"
    assert trouble.hint == "does it reach its INSERT?"


def test_two_jobs_of_one_file_are_followed_both(project: Project) -> None:
    result = project.run(f"{TABLES}{COPY};\n{COPY};")

    assert result.status is Status.FAILED, "each job has copied every word"
    assert len(result.proofs) == 2
    assert {difference.kind for difference in result.failures[0].rows} == {Kind.DUPLICATE}


def test_a_quote_in_a_value_that_is_filled_in_is_told(project: Project) -> None:
    pipeline = PIPELINE.replace("env: {", 'env: {GREETING: "it\'s", ')

    result = project.run(
        f"{TABLES}INSERT INTO copies SELECT id, '${{GREETING}}' FROM words;", pipeline=pipeline
    )

    assert result.trouble is not None
    assert result.trouble.message == (
        "words.sql has a text that is never closed, once its variables are filled in"
    )


def test_a_jar_that_the_file_adds_and_nobody_has_is_refused_at_its_line(project: Project) -> None:
    trouble, _ = project.marked(f"{TABLES}\n<<ADD JAR 'nowhere.jar';\n{COPY};")

    assert "nowhere.jar" in f"{trouble.message} {trouble.detail}"


def test_a_jar_that_the_file_adds_is_in_the_cluster_that_runs_it(project: Project) -> None:
    with zipfile.ZipFile(project.folder / "lookup.jar", "w") as jar:
        jar.writestr("lookup/limits.txt", "100")

    # The file says it twice: the second one is what the cluster then has.
    assert passed(project.run(f"ADD JAR 'lookup.jar';\nADD JAR 'lookup.jar';\n{TABLES}{COPY};"))


FUNCTIONS = """
import os

from pyflink.table import DataTypes
from pyflink.table.udf import udf


@udf(result_type=DataTypes.STRING())
def loud(word):
    return word.upper() + os.environ.get("MARK", "")
"""
DECLARED = """\
SET 'python.files' = 'functions.py';
SET 'python.client.executable' = 'python3';
CREATE TEMPORARY FUNCTION loud AS 'functions.loud' LANGUAGE PYTHON;
"""


def test_a_function_in_python_runs(project: Project) -> None:
    (project.folder / "functions.py").write_text(FUNCTIONS)

    assert passed(project.run(f"{TABLES}{DECLARED}INSERT INTO copies SELECT id, loud(word) FROM words;"))


def test_a_function_in_python_has_the_environment_of_the_job(project: Project) -> None:
    (project.folder / "functions.py").write_text(FUNCTIONS)
    pipeline = PIPELINE.replace("env: {", "env: {MARK: '!', ")
    scenario = SCENARIO.replace("ONE", "ONE!").replace("TWO", "TWO!")
    sql = f"{TABLES}{DECLARED}INSERT INTO copies SELECT id, loud(word) FROM words;"

    assert passed(project.run(sql, pipeline=pipeline, scenario=scenario))


def test_a_function_in_python_that_there_is_not_is_told_with_its_line(project: Project) -> None:
    (project.folder / "functions.py").write_text(FUNCTIONS)
    declared = DECLARED.replace("'functions.loud'", "<<'functions.laud'")

    trouble, _ = project.marked(f"{TABLES}{declared}INSERT INTO copies SELECT id, loud(word) FROM words;")

    assert trouble.message == "AttributeError: module 'functions' has no attribute 'laud'"
    assert (trouble.detail or "").endswith("used by the statement in line 16")


def test_a_bug_in_the_module_of_a_function_is_shown_with_its_line(project: Project) -> None:
    (project.folder / "functions.py").write_text(f"{FUNCTIONS}\nlimits = {{}}['limits']\n")
    declared = DECLARED.replace("'functions.loud'", "<<'functions.loud'")

    trouble, _ = project.marked(f"{TABLES}{declared}INSERT INTO copies SELECT id, loud(word) FROM words;")

    assert trouble.message == "KeyError: 'limits'"
    assert f'File "{project.folder / "functions.py"}", line 12, in <module>' in (trouble.detail or "")
