import java.net.URLClassLoader;
import java.sql.Driver;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.minicluster.MiniCluster;

/** What jobs leave in this JVM when they are over, and nobody would ever take away. */
class Leftovers {
  /** So many jobs that have ended are still told of, for whoever looks at the cluster's page. */
  static final int MOST_ENDED = 50;
  static final LinkedList ENDED = new LinkedList();

  /** Forgets drivers whose jobs are over: with each the driver manager holds all classes of its job. */
  static void drivers() throws Exception {
    Collection registered = (Collection) Live.constant(DriverManager.class, "registeredDrivers");
    List left = new ArrayList();
    Iterator all = registered.iterator();
    while (all.hasNext()) {
      Object info = all.next();
      if (closed(((Driver) Live.field(info, "driver")).getClass())) left.add(info);
    }
    registered.removeAll(left);
  }

  /** Whether the loader of a class is closed: it finds the very file no more that the class came from. */
  static boolean closed(Class type) {
    ClassLoader loader = type.getClassLoader();
    return loader instanceof URLClassLoader
        && ((URLClassLoader) loader).findResource(type.getName().replace('.', '/') + ".class") == null;
  }

  /** Forgets all but the newest jobs: the archive of a MiniCluster, unlike that of a real cluster, has no end. */
  static synchronized void jobs(MiniCluster cluster, List ended) throws Exception {
    ENDED.addAll(ended);
    Map archive = ENDED.size() > MOST_ENDED ? archive(cluster) : null;
    while (ENDED.size() > MOST_ENDED) {
      JobID job = JobID.fromHexString((String) ENDED.removeFirst());
      if (archive != null) archive.remove(job);
    }
  }

  /** Job id -> what is told of it; null where Flink keeps it elsewhere. */
  static Map archive(MiniCluster cluster) throws Exception {
    Object component = ((Collection) Live.field(cluster, "dispatcherResourceManagerComponents")).iterator().next();
    Object found = component;
    String[] way = {
      "dispatcherRunner", "dispatcherLeaderProcess", "dispatcherService", "dispatcher", "executionGraphInfoStore",
      "serializableExecutionGraphInfos"
    };
    for (int i = 0; i < way.length && found != null; i++) found = Live.field(found, way[i]);
    return found == null ? null : (Map) Live.call(found, "asMap");
  }
}
