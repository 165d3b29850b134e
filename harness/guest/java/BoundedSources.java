import java.util.Iterator;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;

/** The sources of a job that come to an end by themselves, as its graph says. */
class BoundedSources {
  /** {"all": whether every source does, "sources": [[operator's id, name], ...]}. */
  static String of(StreamGraph graph, Operators operators) throws Exception {
    StringBuilder out = new StringBuilder();
    boolean all = true;
    Iterator nodes = graph.getStreamNodes().iterator();
    while (nodes.hasNext()) {
      StreamNode node = (StreamNode) nodes.next();
      if (!node.getInEdges().isEmpty()) continue;
      if (!ends(node)) {
        all = false;
        continue;
      }
      if (out.length() > 0) out.append(",");
      out.append("[").append(Text.quote(operators.id(node))).append(",").append(Text.quote(node.getOperatorName()))
          .append("]");
    }
    return "{\"all\":" + all + ",\"sources\":[" + out + "]}";
  }

  static boolean ends(StreamNode node) throws Exception {
    Object factory = node.getOperatorFactory();
    Object source = factory == null ? null : Live.field(factory, "source");
    if (source instanceof Source) return ((Source) source).getBoundedness() == Boundedness.BOUNDED;
    if (factory != null && factory.getClass().getSimpleName().equals("SimpleInputFormatOperatorFactory")) return true;
    Object operator = factory == null ? null : Live.field(factory, "operator");
    Object function = operator == null ? null : Live.field(operator, "userFunction");
    return function != null && ends(function);
  }

  /** A function of the older interface does not say it; these are Flink's own that come to an end. */
  static boolean ends(Object function) throws Exception {
    String name = function.getClass().getSimpleName();
    if (name.equals("InputFormatSourceFunction") || name.equals("FromElementsFunction")) return true;
    if (name.equals("FromIteratorFunction") || name.equals("FromSplittableIteratorFunction")) return true;
    if (name.equals("StatefulSequenceSource")) return true;
    if (name.equals("ContinuousFileMonitoringFunction")) {
      return !Live.field(function, "watchType").toString().equals("PROCESS_CONTINUOUSLY");
    }
    if (!name.equals("DataGeneratorSource")) return false;
    if (Live.field(function, "numberOfRows") != null) return true;
    // A field that counts from one number to another ends it, too.
    Object generator = Live.field(function, "generator");
    Object fields = generator == null ? null : Live.field(generator, "fieldGenerators");
    Object[] each = fields == null ? new Object[] {generator} : (Object[]) fields;
    for (int i = 0; i < each.length; i++) {
      Class type = each[i] == null ? null : each[i].getClass();
      for (; type != null; type = type.getSuperclass()) if (type.getSimpleName().equals("SequenceGenerator")) return true;
    }
    return false;
  }
}
