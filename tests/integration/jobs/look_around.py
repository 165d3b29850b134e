"""Answers questions about its surroundings twice: as the script saw them, and as its function does.

A question is the name of an environment variable, or the path of a file.
"""

import argparse
import os

from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.udf import udf


def answer(question):
    if not question.startswith("/"):
        return os.environ.get(question)
    try:
        with open(question) as file:
            return file.read().strip()
    except OSError as error:
        return type(error).__name__


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("questions", nargs="+")
    options = parser.parse_args()
    answers = {question: answer(question) for question in options.questions}
    table_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    table_env.create_temporary_function("in_script", udf(answers.get, result_type=DataTypes.STRING()))
    table_env.create_temporary_function("in_worker", udf(answer, result_type=DataTypes.STRING()))
    table_env.execute_sql(f"""
        CREATE TABLE questions (question STRING) WITH (
            'connector' = 'kafka',
            'topic' = '{options.source}',
            'properties.bootstrap.servers' = '{options.brokers}',
            'properties.group.id' = 'look-around',
            'scan.startup.mode' = 'latest-offset',
            'format' = 'json'
        )
    """)
    table_env.execute_sql(f"""
        CREATE TABLE answers (question STRING, script STRING, worker STRING) WITH (
            'connector' = 'kafka',
            'topic' = '{options.target}',
            'properties.bootstrap.servers' = '{options.brokers}',
            'format' = 'json'
        )
    """)
    table_env.execute_sql(
        "INSERT INTO answers SELECT question, in_script(question), in_worker(question) FROM questions"
    )


if __name__ == "__main__":
    main()
