import java.lang.management.ManagementFactory;
import java.util.Iterator;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** Where the sources of a running job stand, from the metrics of the JVM itself: a hint, never a proof. */
class Positions {
  static final String OFFSET =
      "org.apache.flink.taskmanager.job.task.operator.KafkaSourceReader.topic.partition.currentOffset";
  static final String RESTARTS = "org.apache.flink.jobmanager.job.numRestarts";

  /** {"offsets":[[operator, topic, partition, offset of the last record handed over], ...],"restarts":n}. */
  static String read(String job) throws Exception {
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    StringBuilder out = new StringBuilder("{\"offsets\":[");
    String comma = "";
    Iterator names = beans.queryNames(new ObjectName(OFFSET + ":job_id=" + job + ",*"), null).iterator();
    while (names.hasNext()) {
      ObjectName name = (ObjectName) names.next();
      Object offset = value(beans, name);
      if (offset == null) continue;
      out.append(comma).append("[").append(Text.quote(name.getKeyProperty("operator_id"))).append(",")
          .append(Text.quote(name.getKeyProperty("topic"))).append(",")
          .append(name.getKeyProperty("partition")).append(",").append(offset).append("]");
      comma = ",";
    }
    long restarts = 0;
    names = beans.queryNames(new ObjectName(RESTARTS + ":job_id=" + job + ",*"), null).iterator();
    while (names.hasNext()) {
      Object count = value(beans, (ObjectName) names.next());
      if (count != null) restarts = Math.max(restarts, ((Number) count).longValue());
    }
    return out.append("],\"restarts\":").append(restarts).append("}").toString();
  }

  /** A gauge's value, or null if its task ended since the names were read. */
  static Object value(MBeanServer beans, ObjectName name) {
    try {
      return beans.getAttribute(name, "Value");
    } catch (JMException gone) {
      return null;
    }
  }
}
