import java.lang.management.ManagementFactory;
import java.util.Iterator;
import java.util.TreeSet;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** The metrics of a running job's operators, also those that its own code counts, from the JVM itself. */
class Metrics {
  static final String TASK = "org.apache.flink.taskmanager.job.task.";

  /**
   * {"values":[[metric, value], ...],"names":[every name there is, ...]}: a metric is meant by its own name
   * with as many of the groups before it as were written; wanted names are one per line.
   */
  static String read(String job, String wanted) throws Exception {
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    String[] names = wanted.split("\n");
    TreeSet known = new TreeSet();
    StringBuilder out = new StringBuilder("{\"values\":[");
    String comma = "";
    Iterator found = beans.queryNames(new ObjectName(TASK + "*:job_id=" + job + ",*"), null).iterator();
    while (found.hasNext()) {
      ObjectName bean = (ObjectName) found.next();
      String domain = bean.getDomain();
      known.add(domain.substring(domain.lastIndexOf('.') + 1));
      for (int i = 0; i < names.length; i++) {
        if (!domain.endsWith("." + names[i])) continue;
        Object value = value(beans, bean);
        if (value == null) continue;
        out.append(comma).append("[").append(Text.quote(names[i])).append(",")
            .append(Text.quote(value.toString())).append("]");
        comma = ",";
      }
    }
    out.append("],\"names\":[");
    comma = "";
    Iterator all = known.iterator();
    while (all.hasNext()) {
      out.append(comma).append(Text.quote((String) all.next()));
      comma = ",";
    }
    return out.append("]}").toString();
  }

  /** A gauge's value or a counter's count; null if its task ended since the names were read. */
  static Object value(MBeanServer beans, ObjectName name) {
    try {
      return beans.getAttribute(name, "Value");
    } catch (JMException counts) {
      try {
        return beans.getAttribute(name, "Count");
      } catch (JMException gone) {
        return null;
      }
    }
  }
}
