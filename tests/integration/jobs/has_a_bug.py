"""Fails before it comes to its job."""

import json


def load(text):
    return json.loads(text)["brokers"]


def main():
    load('{"broker": "kafka:9092"}')


main()
