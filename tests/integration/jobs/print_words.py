"""Prints rows to standard output and what it refuses to standard error, from two subtasks."""

import os

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment


def main() -> None:
    tables = StreamTableEnvironment.create(StreamExecutionEnvironment.get_execution_environment())
    tables.execute_sql(f"""
        CREATE TABLE words (word STRING, n INT) WITH (
            'connector' = 'filesystem', 'path' = '{os.environ["SOURCE"]}', 'format' = 'csv',
            'source.monitor-interval' = '50 ms')
        """)
    tables.execute_sql("CREATE TABLE kept (word STRING, n INT) WITH ('connector' = 'print')")
    tables.execute_sql("""
        CREATE TABLE refused (word STRING) WITH (
            'connector' = 'print', 'standard-error' = 'true', 'print-identifier' = 'refused')
        """)
    statements = tables.create_statement_set()
    statements.add_insert_sql("INSERT INTO kept SELECT word, n FROM words WHERE n > 0")
    statements.add_insert_sql("INSERT INTO refused SELECT word FROM words WHERE n <= 0")
    statements.execute()


if __name__ == "__main__":
    main()
