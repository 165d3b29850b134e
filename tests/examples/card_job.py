"""Card transactions of a Kafka topic (Avro, schema registry, TLS) to Aurora; what cannot be accepted to a topic."""

import io
import json
import struct
import urllib.error
import urllib.request
from datetime import timezone
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import fastavro
from pyflink.table import DataTypes, EnvironmentSettings, Row, TableEnvironment
from pyflink.table.udf import TableFunction, udtf

PROPERTIES = Path("/etc/flink/application_properties.json")
TRUSTSTORE = "/var/private/ssl/kafka.client.truststore.jks"
HOME = ZoneInfo("America/New_York")
TRANSACTION = {
    "transaction_id": DataTypes.STRING(),
    "card_id": DataTypes.STRING(),
    "amount": DataTypes.DECIMAL(10, 2),
    "occurred_at": DataTypes.TIMESTAMP(3),
    "local_time": DataTypes.TIMESTAMP(3),
    "merchant_name": DataTypes.STRING(),
    "channel": DataTypes.STRING(),
    "reason": DataTypes.STRING(),
}


def rejected(reason, transaction_id=None, card_id=None):
    return Row(transaction_id, card_id, *[None] * 5, reason)


class Decode(TableFunction):
    """The bytes of a record to a transaction, or to the reason why it is none."""

    def __init__(self, registry):
        self.registry = registry
        self.schemas = {}
        self.undecodable = None

    def open(self, function_context):
        self.undecodable = function_context.get_metric_group().counter("undecodable")

    def eval(self, payload):
        try:
            magic, number = struct.unpack_from(">bI", payload)
            if magic != 0:
                raise ValueError("no magic byte")
            record = fastavro.schemaless_reader(io.BytesIO(bytes(payload[5:])), self.schema(number))
        except (TypeError, ValueError, EOFError, struct.error) as problem:
            self.undecodable.inc()
            yield rejected(f"undecodable: {problem}")
            return
        yield self.checked(record)

    def schema(self, number):
        if number not in self.schemas:
            try:
                with urllib.request.urlopen(f"{self.registry}/schemas/ids/{number}") as answer:
                    self.schemas[number] = fastavro.parse_schema(json.loads(json.load(answer)["schema"]))
            except urllib.error.HTTPError as problem:
                if problem.code != 404:
                    raise
                raise ValueError(f"no schema {number}") from problem
        return self.schemas[number]

    @staticmethod
    def checked(record):
        transaction_id, card_id, amount = record["transaction_id"], record["card_id"], record["amount"]
        if record["status"] != "approved":
            return rejected("declined by the issuer", transaction_id, card_id)
        if amount < Decimal(0):
            return rejected("amount is negative", transaction_id, card_id)
        at = record["occurred_at"]
        return Row(
            transaction_id,
            card_id,
            amount,
            at.astimezone(timezone.utc).replace(tzinfo=None),
            at.astimezone(HOME).replace(tzinfo=None),
            (record.get("merchant") or {}).get("name"),
            record.get("channel"),
            None,
        )


def groups():
    """The property groups of the application, as the service leaves them."""
    return {group["PropertyGroupId"]: group["PropertyMap"] for group in json.loads(PROPERTIES.read_text())}


def main():
    source, sink = groups()["source"], groups()["sink"]
    kafka = f"""
        'connector' = 'kafka',
        'properties.bootstrap.servers' = '{source["brokers"]}',
        'properties.security.protocol' = 'SSL',
        'properties.ssl.truststore.location' = '{TRUSTSTORE}'
    """
    aurora = f"""
        'connector' = 'jdbc',
        'url' = '{sink["url"]}',
        'username' = '{sink["user"]}',
        'password' = '{sink["password"]}'
    """
    table_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    decode = udtf(Decode(source["registry"]), result_types=list(TRANSACTION.values()))
    table_env.create_temporary_function("decode_transaction", decode)
    table_env.execute_sql(f"""
        CREATE TABLE transactions (payload BYTES, received_at AS PROCTIME()) WITH ({kafka},
            'topic' = '{source["topic"]}',
            'properties.group.id' = 'card-transactions',
            'scan.startup.mode' = 'latest-offset',
            'format' = 'raw')
    """)
    table_env.execute_sql(f"""
        CREATE TABLE card_limits (card_id STRING, max_amount DECIMAL(10, 2))
        WITH ({aurora}, 'table-name' = 'public.card_limits')
    """)
    table_env.execute_sql(f"""
        CREATE TABLE transactions_by_card (
            transaction_id STRING,
            card_id STRING,
            amount DECIMAL(10, 2),
            occurred_at TIMESTAMP(3),
            local_time TIMESTAMP(3),
            merchant_name STRING,
            channel STRING,
            PRIMARY KEY (transaction_id) NOT ENFORCED
        ) WITH ({aurora}, 'table-name' = 'public.transactions_by_card')
    """)
    table_env.execute_sql(f"""
        CREATE TABLE rejected (transaction_id STRING, card_id STRING, reason STRING)
        WITH ({kafka}, 'topic' = 'card.rejected', 'format' = 'json')
    """)
    table_env.execute_sql(f"""
        CREATE TEMPORARY VIEW checked AS
        SELECT t.*, CASE
            WHEN t.reason IS NOT NULL THEN t.reason
            WHEN t.amount > l.max_amount THEN 'over limit'
        END AS refusal
        FROM (
            SELECT m.received_at, d.*
            FROM transactions AS m, LATERAL TABLE(decode_transaction(m.payload)) AS d({", ".join(TRANSACTION)})
        ) AS t
        LEFT JOIN card_limits FOR SYSTEM_TIME AS OF t.received_at AS l ON t.card_id = l.card_id
    """)
    statements = table_env.create_statement_set()
    statements.add_insert_sql("""
        INSERT INTO transactions_by_card
        SELECT transaction_id, card_id, amount, occurred_at, local_time, merchant_name, channel
        FROM checked WHERE refusal IS NULL
    """)
    statements.add_insert_sql("""
        INSERT INTO rejected SELECT transaction_id, card_id, refusal FROM checked WHERE refusal IS NOT NULL
    """)
    statements.execute()


if __name__ == "__main__":
    main()
