import java.lang.management.ManagementFactory;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** The metrics of a running job's operators, also those that its own code counts, from the JVM itself. */
class Metrics {
  static final String TASK = "org.apache.flink.taskmanager.job.task.";
  static final String OPERATOR = TASK + "operator.";
  static final String JOB = "org.apache.flink.jobmanager.job.";

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

  /**
   * All there are now, as JSON: {operator or task: {metric: [value of each subtask, ...], ...}, ...}; those of
   * the job as a whole stand under "job". What is no number is a text.
   */
  static String all(String job) throws Exception {
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    TreeMap owners = new TreeMap();
    Iterator found = beans.queryNames(new ObjectName("org.apache.flink.*:job_id=" + job + ",*"), null).iterator();
    while (found.hasNext()) {
      ObjectName bean = (ObjectName) found.next();
      String domain = bean.getDomain();
      String owner;
      String name;
      if (domain.startsWith(OPERATOR)) {
        owner = bean.getKeyProperty("operator_name");
        name = domain.substring(OPERATOR.length());
      } else if (domain.startsWith(TASK)) {
        owner = bean.getKeyProperty("task_name");
        name = domain.substring(TASK.length());
      } else if (domain.startsWith(JOB)) {
        owner = "job";
        name = domain.substring(JOB.length());
      } else continue;
      Object value = value(beans, bean);
      if (value == null) continue;
      TreeMap metrics = (TreeMap) owners.get(owner);
      if (metrics == null) owners.put(owner, metrics = new TreeMap());
      TreeMap subtasks = (TreeMap) metrics.get(name);
      if (subtasks == null) metrics.put(name, subtasks = new TreeMap());
      String subtask = bean.getKeyProperty("subtask_index");
      subtasks.put(subtask == null ? Integer.valueOf(0) : Integer.valueOf(subtask), json(value));
    }
    return json(owners);
  }

  /** Maps as objects, those of subtasks as lists of their values. */
  static String json(Object value) {
    if (value instanceof Number && !value.toString().endsWith("N") && !value.toString().endsWith("y")) return value.toString();
    if (!(value instanceof TreeMap)) return Text.quote(value.toString());
    StringBuilder out = new StringBuilder();
    boolean list = false;
    Iterator entries = ((TreeMap) value).entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry entry = (Map.Entry) entries.next();
      list = entry.getKey() instanceof Integer;
      if (out.length() > 0) out.append(",");
      if (list) out.append(entry.getValue());
      else out.append(Text.quote((String) entry.getKey())).append(":").append(json(entry.getValue()));
    }
    return (list ? "[" : "{") + out + (list ? "]" : "}");
  }

  /** A gauge's value, a meter's rate or a counter's count; null if its task ended since the names were read. */
  static Object value(MBeanServer beans, ObjectName name) {
    // Exceptions are dear: most that end so are meters, and some are gauges.
    boolean meter = name.getDomain().endsWith("PerSecond");
    Object first = meter ? attribute(beans, name, "Rate") : null;
    if (first == null) first = attribute(beans, name, "Value");
    return first != null ? first : attribute(beans, name, "Count");
  }

  static Object attribute(MBeanServer beans, ObjectName name, String attribute) {
    try {
      return beans.getAttribute(name, attribute);
    } catch (JMException none) {
      return null;
    }
  }
}
