import java.lang.management.ManagementFactory;
import javax.management.AttributeNotFoundException;
import javax.management.InstanceNotFoundException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;

/** What one job after the other wears out in this JVM, as its own beans tell. */
class Wear {
  static final String OLD = "java.lang:type=MemoryPool,name=Tenured Gen";

  /**
   * {"metaspace", "heap": bytes, "live": those of the heap that outlived the last full collection, "classes",
   * "threads", "descriptors": how many}; -1 where nobody counts them.
   */
  static String read() throws Exception {
    return "{\"metaspace\":" + used("java.lang:type=MemoryPool,name=Metaspace", "Usage")
        + ",\"heap\":" + used("java.lang:type=Memory", "HeapMemoryUsage")
        + ",\"live\":" + used(OLD, "CollectionUsage")
        + ",\"classes\":" + number("java.lang:type=ClassLoading", "LoadedClassCount")
        + ",\"threads\":" + number("java.lang:type=Threading", "ThreadCount")
        + ",\"descriptors\":" + number("java.lang:type=OperatingSystem", "OpenFileDescriptorCount") + "}";
  }

  static Object attribute(String bean, String name) throws Exception {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    return server.getAttribute(new ObjectName(bean), name);
  }

  static long used(String bean, String name) throws Exception {
    try {
      return ((Number) ((CompositeData) attribute(bean, name)).get("used")).longValue();
    } catch (InstanceNotFoundException anotherCollector) {
      return -1;
    }
  }

  static long number(String bean, String name) throws Exception {
    try {
      return ((Number) attribute(bean, name)).longValue();
    } catch (AttributeNotFoundException unknown) {
      return -1;
    }
  }
}
