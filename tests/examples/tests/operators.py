"""The operator that marks bots, alone."""

from pyflink.datastream import FlatMapFunction


class BotTagEnrichment(FlatMapFunction):
    def flat_map(self, event):
        yield {**event, "bot": event["user_agent"].lower().endswith("bot")}


def bot_tags(env, events):
    return {"tagged": events.key_by(lambda event: event["user_id"]).flat_map(BotTagEnrichment())}
