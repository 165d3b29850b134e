import java.util.Collection;
import java.util.Iterator;
import java.util.TreeSet;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;

/** Which topics the sources of a job ask for, as its graph says: a topic that none asks for will never be read. */
class Subscriptions {
  final TreeSet topics = new TreeSet();
  final TreeSet patterns = new TreeSet();
  /** Whether every source could be asked. */
  boolean complete = true;

  /** {"complete": bool, "topics": [...], "patterns": [...]}. */
  static String of(StreamGraph graph) throws Exception {
    Subscriptions found = new Subscriptions();
    Iterator nodes = graph.getStreamNodes().iterator();
    while (nodes.hasNext()) {
      StreamNode node = (StreamNode) nodes.next();
      if (node.getInEdges().isEmpty() && !found.reads(node)) found.complete = false;
    }
    return "{\"complete\":" + found.complete + ",\"topics\":" + FileSources.paths(found.topics) + ",\"patterns\":"
        + FileSources.paths(found.patterns) + "}";
  }

  /** Notes what a source asks for; false where nobody can tell. */
  boolean reads(StreamNode node) throws Exception {
    Object factory = node.getOperatorFactory();
    if (factory == null) return false;
    Object source = Live.field(factory, "source");
    if (source == null) {
      Object operator = Live.field(factory, "operator");
      Object function = operator == null ? null : Live.field(operator, "userFunction");
      return function != null && BoundedSources.ends(function);
    }
    String type = source.getClass().getName();
    // Flink's own other sources: of files, generated, counted. A hybrid one may hold any.
    if (type.startsWith("org.apache.flink.connector.file.") || type.startsWith("org.apache.flink.connector.datagen.")
        || type.startsWith("org.apache.flink.api.connector.source.lib.")) return true;
    if (!type.equals("org.apache.flink.connector.kafka.source.KafkaSource")) return false;
    Object subscriber = Live.field(source, "subscriber");
    Object names = subscriber == null ? null : Live.field(subscriber, "topics");
    if (names instanceof Collection) return topics.addAll((Collection) names) || true;
    Object pattern = subscriber == null ? null : Live.field(subscriber, "topicPattern");
    if (pattern == null) return false;
    patterns.add(pattern.toString());
    return true;
  }
}
