import java.lang.management.ManagementFactory;
import java.util.Iterator;
import java.util.Set;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.flink.runtime.minicluster.MiniCluster;

/**
 * The watermarks of a running job, per operator and subtask, from the metrics of the JVM itself.
 *
 * A reader that got no partition and is announced idle never has one, and holds back nobody: left out. So are
 * operators that stand before those that make the watermarks, and what these are given.
 */
class Watermarks {
  static final String OPERATOR = "org.apache.flink.taskmanager.job.task.operator.";

  /** [["in" or "out", operator id, subtask, milliseconds since 1970 or Long.MIN_VALUE, operator name], ...]. */
  static String read(MiniCluster cluster, String job) throws Exception {
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    StringBuilder out = new StringBuilder("[");
    JobGraph graph = JobGraph.of(job);
    EventTime times = graph == null ? null : graph.times;
    Set unread = Live.unread(cluster, job);
    append(beans, job, "currentInputWatermark", "in", unread, times, out);
    append(beans, job, "currentOutputWatermark", "out", unread, times, out);
    return out.append("]").toString();
  }

  static void append(MBeanServer beans, String job, String gauge, String side, Set unread, EventTime times,
      StringBuilder out) throws Exception {
    Iterator names = beans.queryNames(new ObjectName(OPERATOR + gauge + ":job_id=" + job + ",*"), null).iterator();
    while (names.hasNext()) {
      ObjectName name = (ObjectName) names.next();
      Object value = Positions.value(beans, name);
      if (value == null) continue;
      String operator = name.getKeyProperty("operator_id");
      if (times != null && side.equals("in") && times.makers.contains(operator)) continue;
      boolean none = ((Number) value).longValue() == Long.MIN_VALUE;
      if (none && times != null && times.without.contains(operator)) continue;
      String subtask = operator + "/" + name.getKeyProperty("subtask_index");
      if (none && unread.contains(subtask)) continue;
      if (out.length() > 1) out.append(",");
      out.append("[\"").append(side).append("\",").append(Text.quote(name.getKeyProperty("operator_id")))
          .append(",").append(name.getKeyProperty("subtask_index")).append(",").append(value).append(",")
          .append(Text.quote(name.getKeyProperty("operator_name"))).append("]");
    }
  }
}
