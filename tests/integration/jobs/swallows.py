"""Names a table that is not there, and keeps the failure to itself."""

from pyflink.table import EnvironmentSettings, TableEnvironment

table_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
try:
    table_env.execute_sql("INSERT INTO nowhere SELECT 1")
except Exception as error:
    print("not today:", type(error).__name__)
